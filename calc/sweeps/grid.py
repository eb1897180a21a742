"""The points of a sweep, by number: any one of them without the others."""

from math import prod
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.sweeps.axes import INPUT, Axis

MOST_POINTS = 100_000_000
"""A day on one core; more is a slip."""


class Architecture(NamedTuple):
    """A network of the grid: values by param, and the sizes of its input, or of inputs by name, that are varied."""

    params: dict[str, Any]
    input: tuple[int, ...] | dict[str, tuple[int, ...]] | None


class Grid(NamedTuple):
    """Every combination, the last axis turning fastest and, within each network, the policies."""

    axes: tuple[Axis, ...]
    policies: tuple[str, ...]

    @property
    def points(self) -> int:
        """How many there are."""
        return prod([len(axis.values) for axis in self.axes]) * len(self.policies)

    def architecture(self, number: int) -> Architecture:
        """The network of the points from ``number`` · policies on."""
        values: dict[str, Any] = {}
        for axis in reversed(self.axes):
            number, at = divmod(number, len(axis.values))
            values[axis.name] = axis.values[at]
        ordered = {axis.name: values[axis.name] for axis in self.axes}
        size = ordered.pop(INPUT, None) if isinstance(ordered.get(INPUT), tuple) else None
        named = [name for name in ordered if name.startswith(f"{INPUT}.")]
        sizes = {name.partition(".")[2]: ordered.pop(name) for name in named}
        return Architecture(ordered, sizes or size)


def checked_grid(grid: Grid) -> Grid:
    """``grid``. Raises OpError with the count for one that is too large, or that varies a name twice."""
    names = [axis.name for axis in grid.axes]
    if len(set(names)) < len(names):
        raise OpError(f"--vary: {next(name for name in names if names.count(name) > 1)} is varied twice")
    if grid.points > MOST_POINTS:
        sizes = " × ".join([f"{len(axis.values):,} {axis.name}" for axis in grid.axes])
        raise OpError(
            f"the grid has {grid.points:,} points ({sizes} × {len(grid.policies)} of --bits); at most {MOST_POINTS:,}",
            "narrow the ranges, or split the sweep",
        )
    return grid
