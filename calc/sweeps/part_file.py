"""The files that stand beside the output of a sweep until the output is complete.

The rows are appended to FILE.part. FILE.part.json names the sweep, the number of bytes written, and their hash.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from calc import writing
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.load import dumps
from calc.sweeps.chunk import Chunk
from calc.sweeps.job import SweepJob, head_line, sweep_columns, sweep_rows
from calc.sweeps.reasons import Reasons

_KEYS = frozenset({"schema", "fingerprint", "bytes", "sha256"})


def fingerprint(job: SweepJob, model: ModelSpec) -> str:
    """Return a hash that is equal for two sweeps with the same rows.

    It covers the spec, the grid, the options, and the first and the last row.
    """
    points = job.grid.points
    ends = [repr(list(sweep_rows(job, model, at, at + 1))) for at in (0, points - 1)]
    said = [dumps(model), repr(job._replace(spec="", text=None, uses_tapes=False)), sweep_columns(job), ends]
    return sha256(json.dumps(said).encode()).hexdigest()


class WrittenBytes:
    """The number of bytes of a file, and their hash."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hash = sha256()

    def add(self, more: bytes) -> None:
        self.bytes += len(more)
        self.hash.update(more)

    def sha256(self) -> str:
        return self.hash.hexdigest()


class PartFile(ABC):
    """The part file of the sweep of ``job`` into ``path``. ``done`` says how much of it is complete.

    ``reasons`` says why some of the points in it are invalid. ``counted`` names the unit of ``done``, and ``schema``
    the version of the note.
    """

    counted: ClassVar[str]
    schema: ClassVar[str]

    def __init__(self, path: Path, job: SweepJob, model: ModelSpec, *, restart: bool) -> None:
        writing.require_writable(path)
        self.path = writing.target(path)  # the target of links, whose name the part takes
        self.job = job
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.note = self.path.with_name(f"{self.path.name}.part.json")
        self.done = 0
        self.reasons: Reasons = {}
        self.written = WrittenBytes()
        self.fingerprint = fingerprint(job, model)
        if self.part.exists() and not restart:
            self._resume(model)
        else:
            self._start()

    @property
    @abstractmethod
    def kept(self) -> str:
        """A sentence that says how much is safe, and where."""

    @abstractmethod
    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Append ``chunks``, yield each one after it is written, and rename the file at the end.

        Raises OpError if the file cannot be written. What was written before stays.
        """

    @abstractmethod
    def _resume(self, model: ModelSpec) -> None:
        """Continue after the complete part and drop the rest. Raises OpError if the file belongs to another sweep."""

    def _progress(self) -> dict[str, Any]:
        """Return the entries of the note in addition to the bytes and their hash."""
        return {}

    @property
    def _hint(self) -> str:
        return f"move {self.part} away, or --restart"

    def _start(self) -> None:
        first = head_line(self.job)
        text = f"{first}\n".encode() if first else b""
        writing.write(self.part, text)
        self.written = WrittenBytes()
        self.written.add(text)
        self._write_note()

    def _append(self, data: bytes) -> None:
        writing.append(self.part, data)
        self.written.add(data)
        self._write_note()

    def _write_note(self) -> None:
        """Write down in the note what was written so far."""
        note = {"schema": self.schema, "fingerprint": self.fingerprint, **self._progress()}
        note |= {"bytes": self.written.bytes, "sha256": self.written.sha256()}
        writing.write(self.note, (json.dumps(note) + "\n").encode())

    def _read_note(self) -> dict[str, Any]:
        """Return the note of this sweep. Raises OpError if it is unreadable or belongs to another sweep."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OpError(f"{self.note}: does not say to which sweep {self.part} belongs", self._hint) from None
        if not isinstance(note, dict) or not note.keys() >= _KEYS:
            raise OpError(f"{self.note}: not as calc sweep writes it", self._hint)
        if note["schema"] != self.schema or note["fingerprint"] != self.fingerprint:
            raise OpError(f"{self.part} belongs to another sweep", self._hint)
        if note.keys() != _KEYS | self._progress().keys():
            raise OpError(f"{self.note}: not as calc sweep writes it", self._hint)
        return note

    def _changed(self) -> OpError:
        return OpError(f"{self.part} is not as it was written: it has changed since", self._hint)
