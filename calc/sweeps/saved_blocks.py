"""The file of a sweep whose points have no line each: some have no row, or rows are Parquet.

As in ``calc.sweeps.saved`` FILE.part grows and FILE.part.json says of which sweep it is. It is taken up after the last
block of rows that the note knows of. For Parquet it holds batches, of which the file is made in the end.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.sweeps.chunk import Chunk
from calc.sweeps.job import SweepJob, head_line
from calc.sweeps.parquet import write_parquet
from calc.sweeps.saved import WrittenBytes, fingerprint, last_line, next_lines

SCHEMA = "calc.sweep.blocks/1"
_LENGTH = struct.Struct("<Q")
"""What stands before a batch."""
_PIECE = 1 << 20


class SweepBlocks:
    """The part file of the sweep of ``job`` into ``path``; of so many points ``done`` the rows are there already."""

    counted = "points"

    def __init__(self, path: Path, job: SweepJob, model: ModelSpec, *, restart: bool) -> None:
        writing.require_writable(path)
        self.path = writing.target(path)  # where links lead, so that the part can take its name
        self.job = job
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.note = self.path.with_name(f"{self.path.name}.part.json")
        self.done = self.rows = 0
        self.written = WrittenBytes()
        self.fingerprint = fingerprint(job, model)
        if self.part.exists() and not restart:
            self._resume()
        else:
            first = head_line(job)
            writing.write(self.part, b"")
            self._append(f"{first}\n".encode() if first else b"")

    @property
    def kept(self) -> str:
        """How many points are safe, and where, in words."""
        return f"the rows of {self.done:,} of {self.job.grid.points:,} points are kept in {self.part}"

    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Append ``chunks``, and hand each on when it is written; then rename the file.

        Raises OpError where it cannot be written; what was written stays.
        """
        for more in chunks:
            before, self.rows, self.done = self.rows, self.rows + len(more.lines), self.done + more.points
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

    def _append(self, data: bytes) -> None:
        writing.append(self.part, data)
        self.written.add(data)
        note = {"schema": SCHEMA, "fingerprint": self.fingerprint, "points": self.done, "rows": self.rows}
        note |= {"bytes": self.written.bytes, "sha256": self.written.sha256()}
        writing.write(self.note, (json.dumps(note) + "\n").encode())

    def _resume(self) -> None:
        """Go on after what the note knows of; the rest is dropped. Raises OpError for another sweep's."""
        hint = f"move {self.part} away, or --restart"
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OpError(f"{self.note}: does not say which sweep {self.part} is of", hint) from None
        keys = {"schema", "fingerprint", "points", "rows", "bytes", "sha256"}
        if not isinstance(note, dict) or note.keys() != keys or note["schema"] != SCHEMA:
            raise OpError(f"{self.note}: not as calc sweep writes it", hint)
        if note["fingerprint"] != self.fingerprint:
            raise OpError(f"{self.part} is of another sweep", hint)
        writing.require_writable(self.part)
        left = note["bytes"]
        with self.part.open("rb") as file:
            while left and (more := file.read(min(left, _PIECE))):
                self.written.add(more)
                left -= len(more)
        if left or self.written.sha256() != note["sha256"]:
            raise OpError(f"{self.part} is not as it was written: it has changed since", hint)
        writing.cut(self.part, self.written.bytes)
        self.done, self.rows = note["points"], note["rows"]


def _batches(part: Path) -> Iterator[bytes]:
    with part.open("rb") as file:
        while length := file.read(_LENGTH.size):
            yield file.read(*_LENGTH.unpack(length))
