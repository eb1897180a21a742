"""Where a report goes: standard output, or a file that is written whole or not at all."""

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


@contextmanager
def streamed(path: str | None) -> Iterator[IO[str] | None]:
    """Standard output, or the device or pipe at ``path``, to write to bit by bit; ``None`` where it is a file.

    Raises OpError where it cannot be written.
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
    """Write ``text`` to ``path``, or to standard output, which ``-`` is too. Raises OpError where it cannot."""
    if path is None or str(path) == "-":
        with QuietPipe():
            sys.stdout.write(text)
        return
    writing.write(path, text.encode(errors="backslashreplace"))
