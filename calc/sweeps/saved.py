"""The file of a sweep: written as it goes, taken up where it was left, renamed when it is whole.

Until then it is FILE.part, and FILE.part.json says which sweep it is of, and the hash of so many bytes of it.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.load import dumps
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.job import SweepJob, head_line, sweep_columns, sweep_rows

SCHEMA = "calc.sweep/1"


def fingerprint(job: SweepJob, model: ModelSpec) -> str:
    """What says that two sweeps give the same rows: the spec, the grid, the options, and the rows at both ends."""
    points = job.grid.points
    ends = [repr(list(sweep_rows(job, model, at, at + 1))) for at in (0, points - 1)]
    said = [dumps(model), repr(job._replace(spec="", text=None, uses_tapes=False)), sweep_columns(job), ends]
    return sha256(json.dumps(said).encode()).hexdigest()


class SweepFile:
    """The part file of the sweep of ``job`` into ``path``; ``done`` rows of it are there already."""

    counted = "rows"

    def __init__(self, path: Path, job: SweepJob, model: ModelSpec, *, restart: bool) -> None:
        writing.require_writable(path)
        self.path = writing.target(path)  # where links lead, so that the part can take its name
        self.job = job
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.note = self.path.with_name(f"{self.path.name}.part.json")
        self.done = 0
        self.written = WrittenBytes()
        self.fingerprint = fingerprint(job, model)
        if self.part.exists() and not restart:
            self.done = self._resumable(model)
        else:
            self._start()

    def _start(self) -> None:
        first = head_line(self.job)
        text = first and first + "\n"
        writing.write(self.part, text.encode())
        self.written = WrittenBytes()
        self.written.add(text.encode())
        self._note()

    def _note(self) -> None:
        """Say what was written so far."""
        note = {"schema": SCHEMA, "fingerprint": self.fingerprint, "bytes": self.written.bytes}
        writing.write(self.note, (json.dumps(note | {"sha256": self.written.sha256()}) + "\n").encode())

    def _resumable(self, model: ModelSpec) -> int:
        """The rows that are there whole; a last one cut short is dropped. Raises OpError for another sweep's."""
        hint = f"move {self.part} away, or --restart"
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OpError(f"{self.note}: does not say which sweep {self.part} is of", hint) from None
        if not isinstance(note, dict) or note.keys() != {"schema", "fingerprint", "bytes", "sha256"}:
            raise OpError(f"{self.note}: not as calc sweep writes it", hint)
        if note["schema"] != SCHEMA or note["fingerprint"] != self.fingerprint:
            raise OpError(f"{self.part} is of another sweep", hint)
        lines, last = -1 if head_line(self.job) else 0, b""
        read = WrittenBytes()
        writing.require_writable(self.part)
        with self.part.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and line != tail(self.job).encode():
                    lines, last = lines + 1, line
                    read.add(line)
                if read.bytes == note["bytes"] and read.sha256() != note["sha256"]:
                    raise OpError(f"{self.part} is not as it was written: it has changed since", hint)
        if lines < 0:
            self._start()
            return 0
        writing.cut(self.part, read.bytes)
        self.written = read
        if lines > self.job.grid.points:
            raise OpError(f"{self.part} has {lines:,} rows of {self.job.grid.points:,}", hint)
        if lines and last.decode("utf-8", "replace") != join_lines(
            self.job, chunk(self.job, model, lines - 1, lines), lines - 1
        ):
            raise OpError(f"{self.part}: row {lines:,} is not what is computed now", hint)
        return lines

    @property
    def kept(self) -> str:
        """How many rows are safe, and where, in words."""
        return f"{self.done:,} of {self.job.grid.points:,} rows are kept in {self.part}"

    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Append ``chunks``, and hand each on when it is written; then rename the file.

        Raises OpError where it cannot be written; what was written stays.
        """
        for more in chunks:
            text = join_lines(self.job, more, self.done).encode()
            writing.append(self.part, text)
            self.written.add(text)
            self._note()
            self.done += len(more.lines)
            yield more
        writing.append(self.part, tail(self.job).encode())
        writing.finish(self.part, self.path)
        self.note.unlink(missing_ok=True)


class WrittenBytes:
    """How many bytes there are of a file, and their hash."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hash = sha256()

    def add(self, more: bytes) -> None:
        self.bytes += len(more)
        self.hash.update(more)

    def sha256(self) -> str:
        return self.hash.hexdigest()


def join_lines(job: SweepJob, chunk: Chunk, first: int) -> str:
    """The rows of ``chunk``, the first of them number ``first``, as they stand in the file."""
    last = job.grid.points - 1 if job.format == "json" else first - 1
    comma = "," if job.format == "json" else ""
    return "".join([f"{row}{'' if first + i == last else comma}\n" for i, row in enumerate(chunk.lines)])


def tail(job: SweepJob) -> str:
    """What ends the file."""
    return "]\n" if job.format == "json" else ""


def stream_rows(job: SweepJob, chunks: Iterator[Chunk], out: IO[str]) -> Iterator[Chunk]:
    """Write the whole sweep to ``out``, and hand each chunk on when it is written.

    Nothing is written before there is a chunk: no cluster may answer.
    """
    first = head_line(job)
    rows = text_before = 0
    for more in chunks:
        if not text_before and first:
            out.write(first + "\n")
        text_before = 1
        out.write(next_lines(job, more.lines, rows))
        rows += len(more.lines)
        yield more
    out.write(last_line(job, rows))


def next_lines(job: SweepJob, lines: Sequence[str], rows: int) -> str:
    """``lines`` after so many ``rows``; one of JSON ends where the next begins, for nobody knows which is the last."""
    if job.format != "json":
        return "".join([f"{line}\n" for line in lines])
    return ",\n" * (rows > 0 and bool(lines)) + ",\n".join(lines)


def last_line(job: SweepJob, rows: int) -> str:
    """What ends ``rows`` that ``next_lines`` has given."""
    return ("\n" if rows and job.format == "json" else "") + tail(job)
