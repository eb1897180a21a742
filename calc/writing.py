"""Writes every file, either whole or not at all.

New content goes into a file beside the target, is flushed to disk and then takes the target's name. So a full disk, a
missing folder or a killed process leaves the old content. A symbolic link is followed and remains a link. Owner, mode
and access list are kept. A device, a pipe and an open file of this process (``/dev/stdout``) are written to directly.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from calc.errors import OpError

_MOST_LINKS = 40
_NOT_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES)
"""The errors of file systems that cannot flush a file or a folder to disk."""


def write(path: str | Path, data: bytes) -> None:
    """Replace the content of ``path`` by ``data``. Raises OpError if this fails, and then the old content remains."""
    require_writable(path)
    with said(path, replaces=True):
        out = open_stream(path)
        if out is not None:
            with out:
                out.write(data)
            return
        part, file = _beside(path)
        try:
            with file:
                file.write(data)
                _flush(file)
            _take(part, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise


def finish(part: Path, path: str | Path) -> None:
    """Give ``part``, a complete file beside ``path``, the name of ``path``.

    If this fails, raises OpError and keeps both.
    """
    require_writable(path)
    with said(path, replaces=True):
        with part.open("rb+") as file:
            _keep(file.fileno(), path)
            _flush(file)
        _take(str(part), path)


def append(path: str | Path, data: bytes) -> None:
    """Add ``data`` to the end of ``path``, and flush it to disk, either all of it or nothing. Raises OpError."""
    require_writable(path)
    with said(path), open_stream(path) or open(path, "ab", buffering=0) as file:
        regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        before = os.fstat(file.fileno()).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
            _flush(file)
        except BaseException:
            if regular:
                with suppress(OSError):
                    os.ftruncate(file.fileno(), before)
            raise


def cut(path: Path, size: int) -> None:
    """Remove everything after the first ``size`` bytes of ``path``. Raises OpError."""
    with said(path), path.open("rb+") as file:
        file.truncate(size)
        _flush(file)


def require_writable(path: str | Path) -> None:
    """Raise OpError if ``path`` cannot be written: it is a folder, has no folder, or is read-only."""
    with said(path):
        if _descriptor(path) is not None:
            return
        found = _found(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise OpError(f"{path}: cannot be written: it is a folder")
        # the superuser or a rename could replace it, but its mode says that it should not be written
        if found is not None and not (found.st_mode & 0o222 and os.access(path, os.W_OK)):
            mode = f"mode {stat.S_IMODE(found.st_mode):04o}"
            raise OpError(f"{path}: cannot be written: the file is read-only ({mode})", f"chmod u+w {path}")
        if found is not None and not stat.S_ISREG(found.st_mode):
            return
        folder = target(path).parent
        if not folder.is_dir():
            named = Path(path).parent
            raise OpError(f"{path}: cannot be written: there is no folder {folder if named.is_dir() else named}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OpError(f"{path}: cannot be written: no file may be made in {folder}")


def is_replaced(path: str | Path) -> bool:
    """Return True if writing to ``path`` makes or replaces a file, and False for a device or a pipe.

    Raises OpError as ``require_writable`` does.
    """
    require_writable(path)
    with said(path):
        return _descriptor(path) is None and (_found(path) is None or os.path.isfile(path))


def target(path: str | Path) -> Path:
    """Return the file that ``path`` leads to through any links. It may not exist yet."""
    return Path(os.path.realpath(path))


def open_stream(path: str | Path) -> BinaryIO | None:
    """Open ``path`` for writing if it cannot be replaced: a device, a pipe, ``/dev/stdout``. Return None for a file."""
    number = _descriptor(path)
    if number is not None:
        sys.stdout.flush()
        return os.fdopen(os.dup(number), "wb")
    found = _found(path)
    if found is None or stat.S_ISREG(found.st_mode):
        return None
    return os.fdopen(os.open(path, os.O_WRONLY), "wb")


@contextmanager
def said(path: str | Path, *, replaces: bool = False) -> Iterator[None]:
    """A context in which errors of the system become an OpError about ``path``.

    With ``replaces``, the message adds that the old content remains.
    """
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        kept = "; what it held before is still there" if replaces and os.path.isfile(path) else ""
        raise OpError(f"{path}: cannot be written: {reason}{kept}") from None


def _descriptor(path: str | Path) -> int | None:
    """Return the number of the open file of this process that ``path`` leads to through any links, or None."""
    at = os.fspath(path)
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(at)
        folder = os.path.realpath(folder or os.curdir)
        if name.isdecimal() and folder in ("/dev/fd", os.path.realpath("/proc/self/fd")):
            return int(name)
        if not os.path.islink(at):
            return None
        at = os.path.join(folder, os.readlink(at))
    return None


def _found(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _beside(path: str | Path) -> tuple[str, BinaryIO]:
    """Make a new file in the folder of the file that ``path`` leads to, with the same owner and permissions."""
    file = target(path)
    # short, because the name itself may have the largest length allowed
    part = str(file.with_name(f".calc-{os.urandom(6).hex()}.part"))
    # nobody else can read it until it has the mode of the old file
    mode = 0o600 if file.exists() else 0o666
    opened = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode), "wb")
    try:
        _keep(opened.fileno(), path)
    except BaseException:
        opened.close()
        os.unlink(part)
        raise
    return part, opened


def _keep(descriptor: int, path: str | Path) -> None:
    """Give the open file the owner, the access list and the mode of the file at ``path``, if there is one."""
    before = _found(path)
    if before is None or not hasattr(os, "fchown"):
        return
    for owner in ((before.st_uid, before.st_gid), (-1, before.st_gid)):
        with suppress(PermissionError):  # only the superuser may give a file away
            os.fchown(descriptor, *owner)
            break
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # a file system without extended attributes
            for name in os.listxattr(path):
                os.setxattr(descriptor, name, os.getxattr(path, name))
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _flush(file: BinaryIO) -> None:
    file.flush()
    _synced(file.fileno())


def _synced(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise


def _take(part: str, path: str | Path) -> None:
    """Give ``part`` the name of the file that ``path`` leads to, and flush the folder so that a crash keeps it."""
    file = target(path)
    os.replace(part, file)
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # a folder that can be written but not read; the file is already in place
            folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                _synced(folder)
            finally:
                os.close(folder)
