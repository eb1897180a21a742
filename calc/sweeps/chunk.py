"""Some rows of a sweep as they are written, counted by the engine."""

from typing import NamedTuple

from calc.spec import ModelSpec
from calc.sweeps.job import SweepJob, lines_of, rows_and_asked
from calc.sweeps.parquet import batch_of_rows
from calc.sweeps.reasons import Reasons, reasons_of


class Chunk(NamedTuple):
    """The rows of so many ``points``, without separators. ``reasons`` says why some of the points are invalid.

    ``lines`` has the rows as text; for Parquet, ``batches`` has them instead.
    """

    lines: list[str]
    reasons: Reasons
    points: int
    batches: tuple[bytes, ...] = ()


def chunk(job: SweepJob, model: ModelSpec, first: int, last: int) -> Chunk:
    """Return the rows from ``first`` up to, but not including, ``last``."""
    found = list(rows_and_asked(job, model, first, last))
    reasons = reasons_of([row[-1] for row, _ in found])
    rows = [row for row, is_asked in found if is_asked]
    if job.format == "parquet":
        return Chunk([], reasons, last - first, (batch_of_rows(job, rows),))
    return Chunk(lines_of(job, rows), reasons, last - first)
