"""A sweep in a file with one line for each point.

The file is written step by step, an interrupted sweep continues where it stopped, and the file gets its name when it is
complete.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from typing import IO

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.job import SweepJob, head_line
from calc.sweeps.part_file import PartFile, WrittenBytes
from calc.sweeps.reasons import add_reasons, reasons_of


class SweepFile(PartFile):
    """A file with one line for each point. ``done`` is the number of lines in the part file."""

    counted = "rows"
    schema = "calc.sweep/1"

    @property
    def kept(self) -> str:
        """A sentence that says how many rows are safe, and where."""
        return f"{self.done:,} of {self.job.grid.points:,} rows are kept in {self.part}"

    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Write the file as ``PartFile.write`` describes."""
        for more in chunks:
            self._append(join_lines(self.job, more, self.done).encode())
            self.done += len(more.lines)
            add_reasons(self.reasons, more.reasons)
            yield more
        writing.append(self.part, tail(self.job).encode())
        writing.finish(self.part, self.path)
        self.note.unlink(missing_ok=True)

    def _resume(self, model: ModelSpec) -> None:
        """Continue after the last complete row. A row that was cut short is dropped."""
        note = self._read_note()
        lines, last = -1 if head_line(self.job) else 0, b""
        read = WrittenBytes()
        writing.require_writable(self.part)
        with self.part.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and line != tail(self.job).encode():
                    lines, last = lines + 1, line
                    add_reasons(self.reasons, reasons_of([_error_of(self.job, line)] if lines > 0 else []))
                    read.add(line)
                if read.bytes == note["bytes"] and read.sha256() != note["sha256"]:
                    raise self._changed()
        if lines < 0:
            self._start()
            return
        writing.cut(self.part, read.bytes)
        self.written = read
        if lines > self.job.grid.points:
            raise OpError(f"{self.part} has {lines:,} rows of {self.job.grid.points:,}", self._hint)
        if lines and last.decode("utf-8", "replace") != join_lines(
            self.job, chunk(self.job, model, lines - 1, lines), lines - 1
        ):
            raise OpError(f"{self.part}: row {lines:,} is not what is computed now", self._hint)
        self.done = lines


def _error_of(job: SweepJob, line: bytes) -> str | None:
    """Return the error in a line, or None if the point of this line has none."""
    if line.rstrip(b",\n").endswith(b'"error": null}') if job.format != "csv" else line.endswith(b",\n"):
        return None
    text = line.decode("utf-8", "replace").rstrip("\n")
    found: str | None = (next(csv.reader([text])) if job.format == "csv" else [json.loads(text.rstrip(","))["error"]])[
        -1
    ]
    return found or None


def join_lines(job: SweepJob, chunk: Chunk, first: int) -> str:
    """Return the rows of ``chunk`` as they stand in the file. ``first`` is the number of the first of them."""
    last = job.grid.points - 1 if job.format == "json" else first - 1
    comma = "," if job.format == "json" else ""
    return "".join([f"{row}{'' if first + i == last else comma}\n" for i, row in enumerate(chunk.lines)])


def tail(job: SweepJob) -> str:
    """Return the text that ends the file."""
    return "]\n" if job.format == "json" else ""


def stream_rows(job: SweepJob, chunks: Iterator[Chunk], out: IO[str]) -> Iterator[Chunk]:
    """Write the whole sweep to ``out``, and yield each chunk after it is written.

    Nothing is written before the first chunk is there, because a cluster may fail to answer.
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
    """Return ``lines`` as they follow so many ``rows``.

    In JSON a line ends with a comma only when the next one begins, because nobody knows beforehand which line is the
    last.
    """
    if job.format != "json":
        return "".join([f"{line}\n" for line in lines])
    return ",\n" * (rows > 0 and bool(lines)) + ",\n".join(lines)


def last_line(job: SweepJob, rows: int) -> str:
    """Return the text that ends the output after ``next_lines`` has given ``rows``."""
    return ("\n" if rows and job.format == "json" else "") + tail(job)
