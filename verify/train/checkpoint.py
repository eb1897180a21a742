"""Checkpoints: written whole or not at all, so that a crash or a full disk leaves the one before."""

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

AGAIN = "start again in another --run"


class Checkpoints:
    """The folder of one run: ``last.pt``, ``best.pt`` (by validation accuracy) and ``log.csv``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last = folder / "last.pt"
        self.best = folder / "best.pt"
        self.log = folder / "log.csv"

    def require_usable(self, resume: bool) -> None:
        """Raise VerifyError where a run cannot begin here, or with ``resume`` cannot go on; loads no torch."""
        above = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        if not above.is_dir():
            raise VerifyError(f"{self.folder}: cannot be made: {above} is no folder", "--run names another folder")
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
                f"{self.folder} already holds a run", "--resume goes on with it; --run names another folder"
            )
        else:
            for file in (self.best, self.log):
                if file.exists():
                    fact = f"{file} exists, but no {self.last.name} to go on from"
                    raise VerifyError(fact, "--run names another folder")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it the folder is there, and no other process writes this run. Raises OpError.

        Folders that were made for it and stayed empty are removed.
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
        """Whether finished epochs are safe, and how to go on after them, in words."""
        if not self.last.exists():
            return "no epoch was finished, so nothing is kept"
        return f"the finished epochs are kept in {self.last}; the same command with --resume goes on after them"

    def save(self, state: dict[str, Any], history: Sequence[Epoch]) -> None:
        """Save ``state`` as the last and, if its epoch is the best so far, as the best; write the log.

        Raises OpError where the disk refuses; the files from before are then still there.
        """
        import torch

        data = io.BytesIO()
        torch.save(state, data)
        if max(history, key=lambda row: row.validation_accuracy) is history[-1]:
            writing.write(self.best, data.getvalue())
        writing.write(self.log, log_text(history).encode())
        writing.write(self.last, data.getvalue())

    def load(self, path: Path, facts: dict[str, Any], options: TrainingOptions) -> dict[str, Any]:
        """The state at ``path``, saved by a run of the same ``facts`` and ``options``.

        Raises VerifyError where it cannot be read or another run saved it.
        """
        import torch

        try:
            require_weights(str(path))
            check_sums(path)
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            saved = state["facts"] | state["options"]
        except Exception as error:  # a damaged file fails in whatever way its bytes lead to
            reason = " ".join(str(error).split())[:200].removeprefix(f"{path}: ")
            raise VerifyError(f"{path}: cannot be resumed: {reason}", AGAIN) from None
        wanted = facts | asdict(options)
        differences = [
            f"{key} was {saved.get(key)}, now {value}" for key, value in wanted.items() if saved.get(key) != value
        ]
        if differences:
            raise VerifyError(
                f"{path}: saved by another run: {'; '.join(differences)}", "resume with what it began with"
            )
        return state


def log_text(history: Sequence[Epoch]) -> str:
    """The log as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Epoch._fields)
    writer.writerows(history)
    return text.getvalue()
