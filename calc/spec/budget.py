"""Limits the work of expanding one spec: its layers, their inputs, the steps of the walk, and the values in lists.

A file of a few hundred bytes can ask for millions of each. If it does, the user gets a message with the limit. A spec
that writes out more layers than the limit may have them: one for each value in its files.
"""

from calc.errors import Place, number_of

MAX_LAYERS = 10_000
STEPS_A_LAYER = 20
"""The steps are members walked, turns of loops, and conditions, including those that make no layer."""
VALUES_A_LAYER = 100
"""The values are those put into lists, read from lists, and given to blocks."""
INPUTS_A_LAYER = 25
"""Only layers with several inputs count; a layer with one input costs nothing extra."""
_HINT = "look for a large repeat or list; calc run --max-layers N allows more"


class Exceeded(Exception):  # noqa: N818  # the walk ends with it, and says it as a problem
    """Raised when an expansion needs more than its budget. ``place`` is the position in the spec, once it is known."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint
        self.place: Place | None = None

    def at(self, place: Place) -> "Exceeded":
        """Return this error with ``place``, unless it has a place already."""
        self.place = self.place or place
        return self


class WorkBudget:
    """The work that one expansion may still do. ``written`` is the number of values in the files of the spec.

    ``max_layers`` replaces the default limit of layers.
    """

    __slots__ = ("inputs", "layers", "steps", "values")

    def __init__(self, written: int = 0, max_layers: int | None = None) -> None:
        self.layers = max(MAX_LAYERS, written) if max_layers is None else max_layers
        self.steps = STEPS_A_LAYER * self.layers
        self.values = VALUES_A_LAYER * self.layers
        self.inputs = INPUTS_A_LAYER * self.layers

    def check_layers(self, layers: int) -> None:
        """Raise Exceeded if ``layers`` is over the limit."""
        if layers > self.layers:
            raise Exceeded(f"the spec has more than {number_of(self.layers, 'layer')}", _HINT)

    def check_steps(self, steps: int, place: Place) -> None:
        """Raise Exceeded at ``place`` if ``steps`` is over the limit."""
        if steps > self.steps:
            raise Exceeded(f"the spec takes more than {self.steps} steps to expand", _HINT).at(place)

    def spend(self, values: int) -> None:
        """Subtract ``values`` from the budget. Raises Exceeded if nothing is left."""
        self.values -= values
        if self.values < 0:
            most = VALUES_A_LAYER * self.layers
            raise Exceeded(f"the spec puts more than {most} values into lists and blocks", _HINT)

    def read(self, inputs: int) -> None:
        """Subtract the number of ``inputs`` of a layer from the budget. Raises Exceeded if nothing is left."""
        self.inputs -= inputs
        if self.inputs < 0:
            raise Exceeded(f"the layers of the spec read more than {INPUTS_A_LAYER * self.layers} inputs", _HINT)
