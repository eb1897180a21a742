"""What a spec may cost to expand: layers, their inputs, steps and values of lists, counted as they are made.

A few hundred bytes can ask for millions of each; who asks for more than there is gets a message with the limit. A spec
that writes many layers out may have them: one for each value in its files.
"""

from calc.errors import Place

MAX_LAYERS = 10_000
STEPS_A_LAYER = 20
"""Members walked, turns of loops and their conditions, those too that make no layer."""
VALUES_A_LAYER = 100
"""Values put into lists, read from them, and given to blocks."""
INPUTS_A_LAYER = 25
"""Outputs that layers with several inputs read; those with one cost nothing beside the layer."""
_HINT = "look for a large repeat or list; calc run --max-layers N allows more"


class Exceeded(Exception):  # noqa: N818  # the walk ends with it, and says it as a problem
    """More than the budget has; ``place`` is where in the spec, once somebody knows."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint
        self.place: Place | None = None

    def at(self, place: Place) -> "Exceeded":
        """The same, at ``place`` unless it has one already."""
        self.place = self.place or place
        return self


class WorkBudget:
    """What is left for one expansion of a spec in whose files ``written`` values stand.

    ``max_layers`` takes the place of what may be by default.
    """

    __slots__ = ("inputs", "layers", "steps", "values")

    def __init__(self, written: int = 0, max_layers: int | None = None) -> None:
        self.layers = max(MAX_LAYERS, written) if max_layers is None else max_layers
        self.steps = STEPS_A_LAYER * self.layers
        self.values = VALUES_A_LAYER * self.layers
        self.inputs = INPUTS_A_LAYER * self.layers

    def check_layers(self, layers: int) -> None:
        """Raise Exceeded where there may not be so many ``layers``."""
        if layers > self.layers:
            raise Exceeded(f"the spec comes to more than {self.layers} layers", _HINT)

    def check_steps(self, steps: int, place: Place) -> None:
        """Raise Exceeded, at ``place``, where the walk may not take so many ``steps``."""
        if steps > self.steps:
            raise Exceeded(f"the spec takes more than {self.steps} steps to expand", _HINT).at(place)

    def spend(self, values: int) -> None:
        """Take ``values`` off what is left. Raises Exceeded."""
        self.values -= values
        if self.values < 0:
            most = VALUES_A_LAYER * self.layers
            raise Exceeded(f"the spec puts more than {most} values into lists and blocks", _HINT)

    def read(self, inputs: int) -> None:
        """Take the ``inputs`` of a layer off what is left. Raises Exceeded."""
        self.inputs -= inputs
        if self.inputs < 0:
            raise Exceeded(f"the layers of the spec read more than {INPUTS_A_LAYER * self.layers} inputs", _HINT)
