"""Writes checkpoints completely or not at all, so that a crash or a full disk leaves the previous one."""

import csv
import errno
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from calc import writing
from calc.errors import OpError
from calc.holding import held
from verify.errors import VerifyError
from verify.evaluate.weight_file import check_sums, require_weights
from verify.train.options import Epoch, TrainingOptions

AGAIN = "start again with another --run"


class Checkpoints:
    """The folder of one run, with ``last.pt``, ``best.pt`` (by validation accuracy) and ``log.csv``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last = folder / "last.pt"
        self.best = folder / "best.pt"
        self.log = folder / "log.csv"

    def require_usable(self, resume: bool) -> None:
        """Raise VerifyError if a run cannot begin here, or cannot continue with ``resume``. Loads no torch."""
        above = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        if not above.is_dir():
            raise VerifyError(
                f"{self.folder}: cannot be made: {above} is not a folder", "name another folder with --run"
            )
        if not os.access(above, os.W_OK):
            raise VerifyError(f"{self.folder}: cannot be written: {os.strerror(errno.EACCES)}")
        if resume and self.last.exists():
            try:
                require_weights(str(self.last))
            except VerifyError as error:
                reason = error.fact.removeprefix(f"{self.last}: ")
                raise VerifyError(f"{self.last}: cannot be resumed: {reason}", AGAIN) from None
        elif self.last.exists():
            raise VerifyError(
                f"{self.folder} already holds a run", "continue it with --resume, or name another folder with --run"
            )
        else:
            for file in (self.best, self.log):
                if file.exists():
                    fact = f"{file} exists, but there is no {self.last.name} to continue from"
                    raise VerifyError(fact, "name another folder with --run")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder and keep other processes from writing this run inside the ``with`` block. Raises OpError.

        New folders that stay empty are removed at the end.
        """
        made = [folder for folder in (self.folder, *self.folder.parents) if not folder.exists()]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OpError(f"{self.folder}: the folder cannot be made: {error.strerror}") from None
        try:
            with held(self.last, "wait for it, or name another folder: --run"):
                yield
        finally:
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()

    @property
    def kept(self) -> str:
        """A sentence that says whether finished epochs are kept, and how to continue."""
        if not self.last.exists():
            return "no epoch was finished, so nothing is kept"
        return f"the finished epochs are kept in {self.last}; the same command with --resume continues after them"

    def save(self, state: dict[str, Any], history: Sequence[Epoch]) -> None:
        """Save ``state`` as the last checkpoint, and as the best if its epoch is the best so far, and write the log.

        Raises OpError if a file cannot be written; its previous version then stays.
        """
        import torch

        data = io.BytesIO()
        torch.save(state, data)
        if max(history, key=lambda row: row.validation_accuracy) is history[-1]:
            writing.write(self.best, data.getvalue())
        writing.write(self.log, log_text(history).encode())
        writing.write(self.last, data.getvalue())

    def load(self, path: Path, facts: dict[str, Any], options: TrainingOptions) -> dict[str, Any]:
        """Return the state in the file ``path``, saved by a run with the same ``facts`` and ``options``.

        Raises VerifyError if it cannot be read, or if a run with others saved it.
        """
        import torch

        try:
            require_weights(str(path))
            check_sums(path)
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            saved = state["facts"] | state["options"]
        except Exception as error:  # torch raises all kinds of exceptions for a damaged file
            reason = " ".join(str(error).split())[:200].removeprefix(f"{path}: ")
            raise VerifyError(f"{path}: cannot be resumed: {reason}", AGAIN) from None
        wanted = facts | asdict(options)
        differences = [
            f"{key} was {saved.get(key)}, now {value}" for key, value in wanted.items() if saved.get(key) != value
        ]
        if differences:
            raise VerifyError(
                f"{path}: saved by another run: {'; '.join(differences)}", "resume with the options of that run"
            )
        return state


def log_text(history: Sequence[Epoch]) -> str:
    """Return the rows of the log as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Epoch._fields)
    writer.writerows(history)
    return text.getvalue()
