"""The standard streams of a process, which may have been closed by its parent (``calc run net.yaml >&-``)."""

import os
import sys
from typing import IO


def replace_closed() -> None:
    """Replace closed streams.

    Reading standard input or writing standard output is then an error, and messages are lost.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def drop(stream: IO[str]) -> None:
    """Discard what ``stream`` could not write, because the interpreter flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def terminal_width(output: str | None = None) -> int | None:
    """Return the columns of the terminal at standard output; None without a terminal, or if ``output`` is a file."""
    if output is not None or not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns
