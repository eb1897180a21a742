"""The points of a sweep by number. Each point can be computed without the others."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.sweeps.axes import INPUT, Axis, list_position
from calc.sweeps.samples import MOST, Sample

MOST_POINTS = 100_000_000
"""A day of work on one core. More points are assumed to be a mistake."""


class Architecture(NamedTuple):
    """A network of the grid: the values of its params, and its input sizes if they vary.

    ``input`` is one size, or a mapping of sizes by the names of the inputs. ``shown`` has the values of all other axes.
    """

    params: dict[str, Any]
    input: tuple[int, ...] | dict[str, tuple[int, ...]] | None
    shown: tuple[Any, ...]


class Grid(NamedTuple):
    """All combinations of the values of the axes and the policies, or a random ``sample`` of them.

    The policies change fastest, then the last axis. ``lists`` has the values of params of which only positions are
    varied.
    """

    axes: tuple[Axis, ...]
    policies: tuple[str, ...]
    sample: Sample | None = None
    lists: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    @property
    def combinations(self) -> int:
        """The number of networks in the whole grid."""
        return prod([len(axis.values) for axis in self.axes])

    @property
    def networks(self) -> int:
        """The number of networks that are counted."""
        return self.combinations if self.sample is None else self.sample.networks

    @property
    def points(self) -> int:
        """The number of points that are counted: the networks times the policies."""
        return self.networks * len(self.policies)

    def architecture(self, number: int) -> Architecture:
        """Return the network called ``number``."""
        if self.sample is not None:
            number = self.sample.number(number, self.combinations)
        values: dict[str, Any] = {}
        for axis in reversed(self.axes):
            number, at = divmod(number, len(axis.values))
            values[axis.name] = axis.values[at]
        ordered = {axis.name: values[axis.name] for axis in self.axes}
        size = ordered.pop(INPUT, None) if isinstance(ordered.get(INPUT), tuple) else None
        named = [name for name in ordered if name.startswith(f"{INPUT}.")]
        sizes = {name.partition(".")[2]: ordered.pop(name) for name in named}
        return Architecture(self._with_lists(ordered), sizes or size, tuple(ordered.values()))

    def number_at(self, places: Sequence[int]) -> int:
        """Return the number, in the whole grid, of the network whose values stand at these places of the axes."""
        number = 0
        for axis, at in zip(self.axes, places, strict=True):
            number = number * len(axis.values) + at
        return number

    def network_at(self, places: Sequence[int]) -> Architecture:
        """Return the network whose values stand at these places of the axes, even if the sample does not contain it."""
        return self._replace(sample=None).architecture(self.number_at(places))

    def _with_lists(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return ``values`` with the positions of a list replaced by the whole list."""
        lists = {name: list(items) for name, items in self.lists}
        params = {}
        for name, value in values.items():
            where = list_position(name)
            if where is None:
                params[name] = value
            else:
                lists[where[0]][where[1]] = value
        return params | {name: tuple(items) for name, items in lists.items()}


def one_changed(choices: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Yield the first combination of ``choices``, then each combination that differs from it on one axis."""
    first = tuple([places[0] for places in choices])
    yield first
    for axis, places in enumerate(choices):
        for place in places[1:]:
            yield (*first[:axis], place, *first[axis + 1 :])


def checked_grid(grid: Grid) -> Grid:
    """Return ``grid`` with its sample reduced to the size of the grid, if the sample is larger.

    Raises OpError if the grid has too many points or varies a name twice.
    """
    names = [axis.name for axis in grid.axes]
    if len(set(names)) < len(names):
        twice = next(axis for axis in grid.axes if names.count(axis.name) > 1)
        raise OpError(f"--vary: {twice.name} is varied twice{', or given too' if len(twice.values) == 1 else ''}")
    sample = grid.sample
    if sample is not None and sample.networks > grid.combinations:
        sample = sample._replace(networks=grid.combinations)
        grid = grid._replace(sample=sample)
    if sample is not None and grid.combinations > MOST:
        raise OpError(f"the grid has {grid.combinations:,} networks; a sample is of at most {MOST:,}")
    if grid.points > MOST_POINTS:
        sizes = " × ".join([f"{len(axis.values):,} {axis.name}" for axis in grid.axes])
        counted = sizes if sample is None else f"{sample.networks:,} of --sample"
        fact = f"the grid has {grid.points:,} points ({counted} × {len(grid.policies)} of --bits)"
        hint = "narrow the ranges, or --sample some of them" if sample is None else "sample fewer"
        raise OpError(f"{fact}; at most {MOST_POINTS:,}", hint)
    return grid
