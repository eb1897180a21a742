"""The points of a sweep as an iterator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calc.data_frame import data_frame
from calc.errors import OpError, choice_of
from calc.holding import held
from calc.spec import ModelSpec
from calc.sweeps.aims import Aim
from calc.sweeps.chunk import Chunk
from calc.sweeps.chunks import Where, chunks
from calc.sweeps.job import FORMATS, SweepJob, rows_and_asked, sweep_columns
from calc.sweeps.reasons import Reasons, add_reasons, reasons_of


class SweptPoints(Iterator[dict[str, Any]]):
    """The points of a sweep, one mapping each: in the order of the grid, or the best first for a ranking.

    Points that the condition leaves out are missing. ``errors`` counts the invalid points so far, including points that
    are left out, and ``reasons`` counts them by reason. ``traces`` is the number of runs of the engine that choosing
    took.
    """

    def __init__(self, job: SweepJob, model: ModelSpec, where: Where, aim: Aim | None) -> None:
        self.job = job
        self.model = model
        self.where = where
        self.aim = aim
        self.reasons: Reasons = {}
        self.traces = 0
        self._keys = sweep_columns(job)
        self._points = self._all()

    @property
    def errors(self) -> int:
        return sum(self.reasons.values())

    def __next__(self) -> dict[str, Any]:
        return next(self._points)

    def to_dataframe(self) -> Any:
        """Return the remaining points as a data frame of polars, or of pandas if polars is missing.

        Raises OpError if both are missing.
        """
        return data_frame(list(self))

    def save(self, path: str | Path, *, restart: bool = False) -> None:
        """Write every point to ``path``, as ``calc sweep --output`` does: .csv, .json, .jsonl or .parquet.

        After an interruption the same call continues where the first one stopped, unless ``restart`` is true. Raises
        OpError for another file ending, or if the file cannot be written.
        """
        from calc.sweeps.parquet import require_pyarrow
        from calc.sweeps.saved_blocks import sweep_file

        style = Path(path).suffix.removeprefix(".")
        if style not in FORMATS:
            raise OpError(f"{path}: must end in {choice_of([f'.{one}' for one in FORMATS])}")
        if style == "parquet":
            require_pyarrow()
        job = self.job._replace(format=style)
        if self.aim is not None:
            from calc.sweeps.chosen import save_rows

            save_rows(Path(path), job, self._rows(self.aim))
            return
        with held(path, "wait for it, or name another file"):
            saved = sweep_file(Path(path), job, self.model, restart=restart)
            for _ in saved.write(chunks(job, self.model, saved.done, self.where)):
                pass
            self.reasons = saved.reasons

    def _all(self) -> Iterator[dict[str, Any]]:
        if self.aim is not None:
            yield from [dict(zip(self._keys, row, strict=True)) for row in self._rows(self.aim)]
        elif self.job.uses_tapes or self.where != Where(1):
            for chunk in chunks(self.job._replace(format="jsonl"), self.model, 0, self.where):
                yield from self._of(chunk)
        else:
            for row, is_asked in rows_and_asked(self.job, self.model, 0, self.job.grid.points):
                add_reasons(self.reasons, reasons_of(row[-1:]))
                if is_asked:
                    yield dict(zip(self._keys, row, strict=True))

    def _rows(self, aim: Aim) -> list[list[Any]]:
        from calc.sweeps.chosen import choose, rows_of

        found = choose(self.job, self.model, aim)
        self.reasons, self.traces = found.reasons, found.traces
        return rows_of(self.job, self.model, found)

    def _of(self, chunk: Chunk) -> Iterator[dict[str, Any]]:
        add_reasons(self.reasons, chunk.reasons)
        lists = [axis.name for axis in self.job.grid.axes if tuple in map(type, axis.values)]
        for line in chunk.lines:
            point: dict[str, Any] = json.loads(line)
            for name in lists:
                if name in point:
                    point[name] = _as_given(point[name])
            yield point


def _as_given(value: Any) -> Any:
    """Return the value with tuples in place of the lists of JSON."""
    return tuple(map(_as_given, value)) if isinstance(value, list) else value
