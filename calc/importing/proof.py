"""What came of holding an imported network against the one it came from."""

from dataclasses import dataclass

from calc.errors import Problem, number_of


@dataclass(frozen=True)
class Proof:
    """``layers``, ``params``, ``macs``: of the spec, for one sample. ``outputs``: how the outputs of both compare, in
    words. ``problems``: everything that differs. ``foreign``: what it was held against, a module or a file.
    ``at_least``: the totals that are lower bounds. ``remark``: what a reader of the spec should know of the proof.
    """

    layers: int
    params: int
    macs: int
    outputs: str
    problems: tuple[Problem, ...] = ()
    foreign: str = "module"
    at_least: tuple[str, ...] = ()
    remark: str = ""

    @property
    def summary(self) -> str:
        """The whole of it in one line."""
        totals = {"params": self.params, "MACs": self.macs}
        told = [
            f"{'at least ' if name.lower() in self.at_least else ''}{total:,} {name}" for name, total in totals.items()
        ]
        counts = ", ".join([number_of(self.layers, "layer"), *told])
        if self.problems:
            return f"{counts}: NOT equal to the {self.foreign}, {number_of(len(self.problems), 'difference')}"
        return f"{counts}: equal to the {self.foreign}; {self.outputs}"
