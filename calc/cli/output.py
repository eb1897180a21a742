"""Where a report goes: standard output, or a file that is written whole or not at all."""

import os
import sys
from pathlib import Path
from types import TracebackType

from calc.cli.streams import drop
from calc.errors import OpError


class QuietPipe:
    """Around what writes to standard output; a reader that has gone away (``| head``) ends the process silently.

    Raises OpError where it cannot be written for another reason.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                sys.stdout.flush()
        except OSError as unwritten:
            error = unwritten
        if not isinstance(error, OSError):
            return
        drop(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise SystemExit(128 + 13) from None
        raise OpError(f"standard output: cannot be written: {error.strerror}") from None


def emit(text: str, path: Path | None = None) -> None:
    """Write ``text`` to ``path``, or to standard output, which ``-`` is too. Raises OpError where it cannot."""
    if path is None or str(path) == "-":
        with QuietPipe():
            sys.stdout.write(text)
        return
    try:
        _write(text, path)
    except OSError as error:
        raise OpError(f"{path}: cannot be written: {error.strerror}") from None


def _write(text: str, path: Path) -> None:
    if path.exists() and not path.is_file():  # a pipe or device, which may have no path of its own; a directory raises
        path.write_text(text, encoding="utf-8")
        return
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
