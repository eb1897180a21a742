"""The only code that reads files named by a user, a spec or a folder. It accepts files that end and fit into memory.

A name may belong to a device that never ends, to a pipe that nobody writes to, or to a file larger than the memory.
None of these blocks a command or fills the memory. Instead, a message says why the file cannot be read.
"""

import os
import select
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Literal, NamedTuple

from calc.errors import Problem, SpecError, nearest

MAX_BYTES = 64 * 2**20
_PIECE = 2**20

Pipes = Literal["no", "open", "awaited"]
"""The pipes that may stand for a file:

``no`` pipe; ``open``, one that somebody is writing to, such as ``<(…)``; or ``awaited``, also one whose writer comes
within a few seconds.
"""
LONGEST_WAIT_SECONDS = 10.0
"""The longest wait for somebody to write to a pipe. Any folder may have a pipe that nobody writes to."""

MOST_LOOKED_AT = 2_000
"""The largest number of files that are looked at in a folder."""


def read_bytes(path: str | Path, most: int = MAX_BYTES, pipes: Pipes = "no") -> bytes:
    """Return the content of the file at ``path``, at most ``most`` bytes.

    Links are followed. With ``pipes``, a terminal and the null device may be read too. Raises SpecError for a missing
    file, a folder, a device, a socket, a pipe that is not permitted, and more than ``most`` bytes.
    """
    try:
        with open(path, "rb", buffering=0, opener=_at_once) as file:
            refused, data = _refused(file, most, pipes), b""
            if not refused:
                first = _first(file) if pipes == "awaited" else b""
                if first is None:
                    refused = f"it is a pipe, and for {LONGEST_WAIT_SECONDS:g} seconds nobody came to write to it"
                else:
                    data = first + _pieces(file, most)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if refused:
        raise SpecError([Problem(None, f"{path}: cannot be read: {refused}")])
    return _within(data, most, str(path))


class OpenFile(NamedTuple):
    """A file that is read bit by bit, without a buffer that reads ahead, and the bytes that it has."""

    path: str
    file: IO[bytes]
    size: int


@contextmanager
def opened(path: str | Path) -> Iterator[OpenFile]:
    """Open the file at ``path``, of any size. Raises SpecError for a missing file, a folder, a device or a pipe.

    Errors while it is read raise SpecError too.
    """
    try:
        file = open(path, "rb", buffering=0, opener=_at_once)  # noqa: SIM115 (closed below)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    with file:
        refused = _refused(file, sys.maxsize, "no")
        if refused:
            raise SpecError([Problem(None, f"{path}: cannot be read: {refused}")])
        try:
            yield OpenFile(str(path), file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise _unreadable(path, error) from None


def _unreadable(path: str | Path, error: Exception) -> SpecError:
    hint = nearest_file(path) if isinstance(error, FileNotFoundError) else ""
    return SpecError([Problem(None, f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}", hint)])


def read_standard_input(most: int = MAX_BYTES) -> bytes:
    """Return the content of standard input, at most ``most`` bytes. Raises SpecError."""
    try:
        data = sys.stdin.buffer.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError([Problem(None, f"-: cannot be read: {reason}")]) from None
    return _within(data, most, "-")


def read_text(path: str | Path, most: int = MAX_BYTES, pipes: Pipes = "no") -> str:
    """Return the content of the file as text. Raises SpecError, also if it is not UTF-8."""
    try:
        return read_bytes(path, most, pipes).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError([Problem(None, f"{path}: cannot be read: not UTF-8")]) from None


def _at_once(path: str, flags: int) -> int:
    """Open a file without waiting for somebody to write to it. If nobody does, there is nothing to read."""
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "set_blocking"):
        os.set_blocking(file, True)
    return file


def _refused(file: IO[bytes], most: int, pipes: Pipes) -> str:
    """Return the reason why a file of this kind or size is not read; empty if it is read."""
    found = os.fstat(file.fileno())
    if stat.S_ISREG(found.st_mode):
        return _too_much(most) if found.st_size > most else ""
    if stat.S_ISFIFO(found.st_mode):
        return "it is a pipe, not a file" if pipes == "no" else ""
    if pipes != "no" and (file.isatty() or os.path.samestat(found, os.stat(os.devnull))):
        return ""
    return "it is a device, not a file"


def _first(file: IO[bytes]) -> bytes | None:
    """Wait for an awaited pipe, and return the byte that was read meanwhile; None if nobody wrote in time.

    Once somebody has opened the pipe, their data is read however long it takes. Any other file is not waited for.
    """
    pipe = file.fileno()
    if not stat.S_ISFIFO(os.fstat(pipe).st_mode) or not hasattr(os, "mkfifo"):
        return b""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < until:
        if select.select([pipe], [], [], 0.02)[0]:
            return b""
        os.set_blocking(pipe, False)
        try:
            piece = os.read(pipe, 1)  # empty if nobody writes; BlockingIOError if somebody has written nothing yet
        except BlockingIOError:
            return b""
        finally:
            os.set_blocking(pipe, True)
        if piece:
            return piece
    return None


def _pieces(file: IO[bytes], most: int) -> bytes:
    pieces = []
    left = most + 1
    while left > 0 and (piece := file.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _within(data: bytes, most: int, path: str) -> bytes:
    if len(data) > most:
        raise SpecError([Problem(None, f"{path}: cannot be read: {_too_much(most)}")])
    return data


def _too_much(most: int) -> str:
    return f"it has more than {most:,} bytes"


def nearest_file(path: str | Path, endings: tuple[str, ...] = ("",)) -> str:
    """Return a hint with the files in the folder of ``path`` that have similar names; empty if there are none.

    ``endings`` are the permitted endings of their names, in lower case.
    """
    missing = Path(path)
    try:
        names = [each.name for each in islice(missing.parent.iterdir(), MOST_LOOKED_AT)]
    except (OSError, ValueError):  # there is no such folder, or a file cannot have this name
        return ""
    return nearest(missing.name, [each for each in names if each.lower().endswith(endings)], ())
