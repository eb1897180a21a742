"""A sweep in a file whose points do not have one line each: a condition leaves some out, or the format is Parquet.

An interrupted sweep continues after the last block of rows that the note beside the file lists. For Parquet the part
file holds batches, and the final file is made from them at the end.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.sweeps.chunk import Chunk
from calc.sweeps.job import SweepJob
from calc.sweeps.parquet import write_parquet
from calc.sweeps.part_file import PartFile
from calc.sweeps.reasons import add_reasons
from calc.sweeps.saved import SweepFile, last_line, next_lines

_LENGTH = struct.Struct("<Q")
"""The format of the length that is before each batch."""
_PIECE = 1 << 20


class SweepBlocks(PartFile):
    """A file of blocks. The note says how many points are ``done`` and how many ``rows`` they gave."""

    counted = "points"
    schema = "calc.sweep.blocks/2"
    rows = 0

    @property
    def kept(self) -> str:
        """A sentence that says how many points are safe, and where."""
        return f"the rows of {self.done:,} of {self.job.grid.points:,} points are kept in {self.part}"

    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Write the file as ``PartFile.write`` describes."""
        for more in chunks:
            before, self.rows, self.done = self.rows, self.rows + len(more.lines), self.done + more.points
            add_reasons(self.reasons, more.reasons)
            batches = [_LENGTH.pack(len(batch)) + batch for batch in more.batches]
            self._append(b"".join(batches) + next_lines(self.job, more.lines, before).encode())
            yield more
        if self.job.format == "parquet":
            made = self.path.with_name(f"{self.path.name}.whole")
            try:
                with writing.said(self.path):
                    write_parquet(made, self.job, _batches(self.part))
                writing.finish(made, self.path)
            finally:
                made.unlink(missing_ok=True)
            self.part.unlink()
        else:
            writing.append(self.part, last_line(self.job, self.rows).encode())
            writing.finish(self.part, self.path)
        self.note.unlink(missing_ok=True)

    def _progress(self) -> dict[str, Any]:
        return {"points": self.done, "rows": self.rows, "reasons": self.reasons}

    def _resume(self, _: ModelSpec) -> None:
        note = self._read_note()
        reasons = note["reasons"].values() if isinstance(note["reasons"], dict) else [None]
        if not all(type(number) is int for number in (note["points"], note["rows"], *reasons)):
            raise OpError(f"{self.note}: not as calc sweep writes it", self._hint)
        writing.require_writable(self.part)
        left = note["bytes"]
        with self.part.open("rb") as file:
            while left and (more := file.read(min(left, _PIECE))):
                self.written.add(more)
                left -= len(more)
        if left or self.written.sha256() != note["sha256"]:
            raise self._changed()
        writing.cut(self.part, self.written.bytes)
        self.done, self.rows, self.reasons = note["points"], note["rows"], note["reasons"]


def sweep_file(path: Path, job: SweepJob, model: ModelSpec, *, restart: bool) -> PartFile:
    """Return the part file for the rows of ``job``. Raises OpError if the part file there belongs to another sweep."""
    kind = SweepBlocks if job.format == "parquet" or job.where is not None else SweepFile
    return kind(path, job, model, restart=restart)


def _batches(part: Path) -> Iterator[bytes]:
    with part.open("rb") as file:
        while length := file.read(_LENGTH.size):
            yield file.read(*_LENGTH.unpack(length))
