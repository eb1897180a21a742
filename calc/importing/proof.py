"""The result of comparing an imported network with its original."""

from dataclasses import dataclass

from calc.errors import Problem, number_of


@dataclass(frozen=True)
class Proof:
    """The result of a comparison. ``layers``, ``params`` and ``macs`` are those of the spec, for one sample.

    ``outputs`` describes how the outputs of both compare. ``problems`` has every difference. ``foreign`` names the
    original: a module or a file. ``at_least`` names the totals that are lower bounds. ``remark`` is for readers of the
    spec.
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
        """The whole result in one line."""
        totals = {"params": self.params, "MACs": self.macs}
        told = [
            f"{'at least ' if name.lower() in self.at_least else ''}{total:,} {name}" for name, total in totals.items()
        ]
        counts = ", ".join([number_of(self.layers, "layer"), *told])
        if self.problems:
            return f"{counts}: NOT equal to the {self.foreign}, {number_of(len(self.problems), 'difference')}"
        return f"{counts}: equal to the {self.foreign}; {self.outputs}"
