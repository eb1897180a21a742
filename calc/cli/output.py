"""Where a report goes: standard output, or a file that is written whole or not at all."""

import os
import sys
from pathlib import Path
from types import TracebackType

from calc.errors import OpError


class QuietPipe:
    """A reader that has gone away (``| head``) ends the process without a message."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                sys.stdout.flush()
        except BrokenPipeError as broken:
            error = broken
        if isinstance(error, BrokenPipeError):
            # the interpreter flushes once more at exit, into this
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(128 + 13) from None


def emit(text: str, path: Path | None = None) -> None:
    """Write ``text`` to ``path``, or to standard output. Raises OpError where it cannot."""
    if path is None:
        with QuietPipe():
            sys.stdout.write(text)
        return
    try:
        _write(text, path)
    except OSError as error:
        raise OpError(f"{path}: cannot be written: {error.strerror}") from None


def _write(text: str, path: Path) -> None:
    target = path.resolve()
    if target.exists() and not target.is_file():  # a pipe or device; a directory raises
        target.write_text(text, encoding="utf-8")
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
