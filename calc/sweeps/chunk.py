"""Some of the rows of a sweep, counted by the engine, as what is written of them."""

from typing import NamedTuple

from calc.spec import ModelSpec
from calc.sweeps.job import SweepJob, lines_of, rows_and_asked
from calc.sweeps.parquet import batch_of_rows


class Chunk(NamedTuple):
    """Rows of so many ``points``, without what joins them; how many of them are ``errors``.

    ``lines``: of the job's format, or ``batches`` of rows for Parquet.
    """

    lines: list[str]
    errors: int
    points: int
    batches: tuple[bytes, ...] = ()


def chunk(job: SweepJob, model: ModelSpec, first: int, last: int) -> Chunk:
    """The rows from ``first`` up to ``last``."""
    found = list(rows_and_asked(job, model, first, last))
    errors = sum([row[-1] is not None for row, _ in found])
    rows = [row for row, is_asked in found if is_asked]
    if job.format == "parquet":
        return Chunk([], errors, last - first, (batch_of_rows(job, rows),))
    return Chunk(lines_of(job, rows), errors, last - first)
