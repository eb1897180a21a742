"""The standard streams of a process, those too that whoever started it has closed (``calc run net.yaml >&-``)."""

import os
import sys
from typing import IO


def replace_closed() -> None:
    """Put a stream where there is none: to read or to write the first two is an error, messages go nowhere."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def drop(stream: IO[str]) -> None:
    """Let what ``stream`` could not write go nowhere: the interpreter flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def terminal_width(output: str | None = None) -> int | None:
    """The columns of the terminal that reads standard output; None where none does, or ``output`` goes elsewhere."""
    if output is not None or not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns
