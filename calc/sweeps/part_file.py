"""What a sweep that is written to FILE has beside it until FILE is whole.

FILE.part grows, and FILE.part.json says of which sweep it is, and how much of it is as it was written: so many bytes,
by their hash.
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
    """What says that two sweeps give the same rows: the spec, the grid, the options, and the rows at both ends."""
    points = job.grid.points
    ends = [repr(list(sweep_rows(job, model, at, at + 1))) for at in (0, points - 1)]
    said = [dumps(model), repr(job._replace(spec="", text=None, uses_tapes=False)), sweep_columns(job), ends]
    return sha256(json.dumps(said).encode()).hexdigest()


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


class PartFile(ABC):
    """The part file of the sweep of ``job`` into ``path``; so much of it is ``done`` already.

    ``reasons``: why points among those cannot be.

    ``counted``: what ``done`` is a number of. ``schema``: the name of the note's form.
    """

    counted: ClassVar[str]
    schema: ClassVar[str]

    def __init__(self, path: Path, job: SweepJob, model: ModelSpec, *, restart: bool) -> None:
        writing.require_writable(path)
        self.path = writing.target(path)  # where links lead, so that the part can take its name
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
        """How much is safe, and where, in words."""

    @abstractmethod
    def write(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Append ``chunks``, and hand each on when it is written; then rename the file.

        Raises OpError where it cannot be written; what was written stays.
        """

    @abstractmethod
    def _resume(self, model: ModelSpec) -> None:
        """Go on after what is there whole; the rest is dropped. Raises OpError for another sweep's."""

    def _progress(self) -> dict[str, Any]:
        """What the note says beside the bytes."""
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
        """Say what was written so far."""
        note = {"schema": self.schema, "fingerprint": self.fingerprint, **self._progress()}
        note |= {"bytes": self.written.bytes, "sha256": self.written.sha256()}
        writing.write(self.note, (json.dumps(note) + "\n").encode())

    def _read_note(self) -> dict[str, Any]:
        """What the note says of this sweep. Raises OpError where it says nothing of it."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise OpError(f"{self.note}: does not say which sweep {self.part} is of", self._hint) from None
        if not isinstance(note, dict) or not note.keys() >= _KEYS:
            raise OpError(f"{self.note}: not as calc sweep writes it", self._hint)
        if note["schema"] != self.schema or note["fingerprint"] != self.fingerprint:
            raise OpError(f"{self.part} is of another sweep", self._hint)
        if note.keys() != _KEYS | self._progress().keys():
            raise OpError(f"{self.note}: not as calc sweep writes it", self._hint)
        return note

    def _changed(self) -> OpError:
        return OpError(f"{self.part} is not as it was written: it has changed since", self._hint)
