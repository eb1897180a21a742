"""The points on a Pareto front or at the top of a ranking.

They are found with tapes over whole arrays of points, so that not every point is counted by the engine.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.sweeps.aims import MOST_KEPT, Aim
from calc.sweeps.exact import taken_of
from calc.sweeps.job import SweepJob, head_line, lines_of, sweep_rows
from calc.sweeps.parquet import save_parquet
from calc.sweeps.reasons import Reasons, add_reasons, reasons_of
from calc.sweeps.saved import tail
from calc.sweeps.taped import BLOCK, TapedGrid
from calc.sweeps.wanted import columns_of_condition

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWER = "--where leaves some out; or take totals that few points are best in"


class ChosenPoints(NamedTuple):
    """The ``numbers`` of the chosen points: in order for a front, the best first for a ranking.

    ``reasons`` says why points of the sweep are invalid. ``traces`` is the number of runs that were recorded.
    """

    numbers: tuple[int, ...]
    reasons: Reasons
    traces: int


def choose(job: SweepJob, model: ModelSpec, aim: Aim) -> ChosenPoints:
    """Return the points of ``job`` that ``aim`` asks for.

    Of points that are equal in all its totals, the first is taken.
    """
    columns = {} if aim.where is None else columns_of_condition(aim.where, job.grid)
    wanted = sorted({*aim.totals} | (set() if aim.where is None else aim.where.names - columns.keys()))
    signs = numpy.array([-1 if name.startswith("+") else 1 for name in aim.by])
    kept, numbers = numpy.zeros((0, len(aim.by)), numpy.int64), numpy.zeros(0, numpy.int64)
    reasons: Reasons = {}
    grid, networks = TapedGrid(job, model, wanted), job.grid.networks
    for first in range(0, networks, BLOCK):
        block = grid.networks(first, min(networks, first + BLOCK))
        for number, policy in enumerate(job.policies):
            counted = block.counted(policy)
            good = numpy.flatnonzero(counted)
            add_reasons(reasons, reasons_of(block.refused(policy).values()))
            if not len(good):
                continue
            given = zip(job.grid.axes, block.values_at, strict=True)
            numbers_at: dict[str, Any] = {
                axis.name: taken_of(columns[axis.name], at[good]) for axis, at in given if axis.name in columns
            }
            here: dict[str, Any] = {
                name: block.outputs[name if name in block.outputs else f"{name}@{policy.name}"][good] for name in wanted
            }
            meant = numpy.ones(good.shape, bool) if aim.where is None else aim.where.holds(here | numbers_at)
            rows: Any = numpy.stack([here[name][meant] for name in aim.totals], axis=1) * signs
            found = (first + good[meant]) * len(job.policies) + number
            kept, numbers = _best(numpy.concatenate([kept, rows]), numpy.concatenate([numbers, found]), aim)
    chosen = numpy.sort(numbers) if aim.best is None else numbers
    return ChosenPoints(tuple(chosen.tolist()), reasons, grid.traces)


def rows_of(job: SweepJob, model: ModelSpec, chosen: ChosenPoints) -> list[list[Any]]:
    """Return the rows of the chosen points, each counted by the engine."""
    return [row for number in chosen.numbers for row in sweep_rows(job, model, number, number + 1)]


def joined_rows(job: SweepJob, rows: Sequence[list[Any]]) -> str:
    """Return ``rows`` as text in the format of ``job``, with its head, separators and end."""
    head, comma = head_line(job), "," if job.format == "json" else ""
    joined = f"{comma}\n".join(lines_of(job, rows))
    return "".join([f"{head}\n" if head else "", f"{joined}\n" if rows else "", tail(job)])


def save_rows(path: Path, job: SweepJob, rows: Sequence[list[Any]]) -> None:
    """Write ``rows`` to ``path`` in the format of ``job``. Raises OpError if the file cannot be written."""
    if job.format == "parquet":
        save_parquet(path, job, rows)
    else:
        writing.write(path, joined_rows(job, rows).encode())


def _best(rows: "NDArray[Any]", numbers: "NDArray[Any]", aim: Aim) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Return the best of ``rows`` by ``aim``, smallest first, with their ``numbers``."""
    order = numpy.lexsort([numbers, *[rows[:, column] for column in reversed(range(rows.shape[1]))]])
    rows, numbers = rows[order], numbers[order]
    if aim.best is not None:
        return rows[: aim.best], numbers[: aim.best]
    found = _lowest(rows) if rows.shape[1] == 2 else _unbeaten(rows)
    if len(found) > MOST_KEPT:
        raise OpError(f"--front: more than {MOST_KEPT:,} points are better than all others in something", _FEWER)
    return rows[found], numbers[found]


def _lowest(rows: "NDArray[Any]") -> "NDArray[Any]":
    """Return the Pareto front of sorted rows with two columns: rows whose second value is below all earlier ones."""
    before = numpy.minimum.accumulate(rows[:, 1])
    return numpy.flatnonzero(numpy.concatenate([[True] * min(1, len(rows)), rows[1:, 1] < before[:-1]]))


def _unbeaten(rows: "NDArray[Any]") -> list[int]:
    """Return the Pareto front of sorted rows: those for which no earlier row is at most as large in every column."""
    found: list[int] = []
    left = numpy.arange(len(rows))
    while len(left) and len(found) <= MOST_KEPT:
        first = left[0]
        found.append(int(first))
        left = left[(rows[left] < rows[first]).any(axis=1)]
    return found
