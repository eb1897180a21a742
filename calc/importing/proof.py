"""What came of holding an imported network against the one it came from."""

from dataclasses import dataclass

from calc.errors import Problem, number_of


@dataclass(frozen=True)
class Proof:
    """``layers``, ``params``, ``macs``: of the spec, for one sample. ``outputs``: how the outputs of both compare, in
    words. ``problems``: everything that differs. ``foreign``: what it was held against, a module or a file.
    """

    layers: int
    params: int
    macs: int
    outputs: str
    problems: tuple[Problem, ...] = ()
    foreign: str = "module"

    @property
    def summary(self) -> str:
        """The whole of it in one line."""
        counts = f"{number_of(self.layers, 'layer')}, {self.params:,} params, {self.macs:,} MACs"
        if self.problems:
            return f"{counts}: NOT equal to the {self.foreign}, {number_of(len(self.problems), 'difference')}"
        return f"{counts}: equal to the {self.foreign}; {self.outputs}"
