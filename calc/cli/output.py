"""Writes a report to standard output, or to a file, which is written whole or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import IO

from calc import writing
from calc.cli.streams import drop
from calc.errors import OpError


class QuietPipe:
    """A context for writing to standard output. If the reader has gone away (``| head``), the process ends silently.

    Raises OpError if standard output cannot be written for another reason.
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


@contextmanager
def streamed(path: str | None) -> Iterator[IO[str] | None]:
    """A context with standard output, or the device or pipe at ``path``, for writing in pieces; ``None`` for a file.

    Raises OpError if it cannot be written.
    """
    if path is None or path == "-":
        with QuietPipe():
            yield sys.stdout
        return
    writing.require_writable(path)
    with writing.said(path):
        device = writing.open_stream(path)
    if device is None:
        yield None
        return
    with writing.said(path), TextIOWrapper(device, encoding="utf-8", write_through=True) as out:
        yield out


def emit(text: str, path: Path | None = None) -> None:
    """Write ``text`` to ``path``, or to standard output if it is None or ``-``. Raises OpError if this fails."""
    if path is None or str(path) == "-":
        with QuietPipe():
            sys.stdout.write(text)
        return
    writing.write(path, text.encode(errors="backslashreplace"))
