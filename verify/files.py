"""Reads files that a user names: only regular files of a limited size, because a device or pipe may never end."""

import errno
import os
import stat
from pathlib import Path

from calc.errors import SpecError
from calc.reading import read_bytes
from verify.errors import VerifyError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def kind_of_file(mode: int) -> str:
    """Return the kind of a file with this ``mode`` in words, such as ``a device``; empty for a regular file."""
    return next((words for is_one, words in _KINDS if is_one(mode)), "")


def read_file(path: Path, most: int) -> bytes:
    """Return the bytes of the regular file ``path``.

    Raises OSError, also if it is no regular file or has more than ``most``.
    """
    try:
        return read_bytes(path, most)
    except SpecError as error:
        raise OSError(error.problems[0].fact.removeprefix(f"{path}: cannot be read: ")) from None


def require_regular(path: str, hint: str = "") -> int:
    """Return the size in bytes of the regular file ``path``.

    Raises VerifyError if it is missing or not a regular file.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = "no such file" if missing else f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise VerifyError(f"{path}: {reason}", hint) from None
    if other := kind_of_file(found.st_mode):
        raise VerifyError(f"{path}: is {other}, not a file", hint)
    if not os.access(path, os.R_OK):
        raise VerifyError(f"{path}: cannot be read: {os.strerror(errno.EACCES)}")
    return found.st_size
