"""How every file is written: whole or not at all.

What is new goes into a file beside the one that it is for, is flushed to disk and takes its name. So a full disk, a
folder that is gone or a kill leaves what was there before. A symbolic link is followed and stays one. Owner, mode and
access list are kept. A device, a pipe and an open file of this process (``/dev/stdout``) are written to as they are.
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
"""What file systems say that have no such thing as flushing to disk, of files or of folders."""


def write(path: str | Path, data: bytes) -> None:
    """Make ``data`` what ``path`` holds. Raises OpError where it cannot be, and leaves what was there."""
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
    """Let ``part``, a file beside ``path`` that is complete, become it. Raises OpError, and leaves both."""
    require_writable(path)
    with said(path, replaces=True):
        with part.open("rb+") as file:
            _keep(file.fileno(), path)
            _flush(file)
        _take(str(part), path)


def append(path: str | Path, data: bytes) -> None:
    """Add ``data`` to the end of ``path``, and flush it to disk; all of it or nothing. Raises OpError."""
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
    """Drop what ``path`` holds after its first ``size`` bytes. Raises OpError."""
    with said(path), path.open("rb+") as file:
        file.truncate(size)
        _flush(file)


def require_writable(path: str | Path) -> None:
    """Raise OpError where ``path`` cannot be written as things are: a folder, none to be in, read-only."""
    with said(path):
        if _descriptor(path) is not None:
            return
        found = _found(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise OpError(f"{path}: cannot be written: it is a folder")
        # the superuser could write to it, and so could a rename, but whoever took the mode away has said no
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
    """Whether writing to ``path`` makes or replaces a file; not so a device or a pipe. Raises OpError as ``check``."""
    require_writable(path)
    with said(path):
        return _descriptor(path) is None and (_found(path) is None or os.path.isfile(path))


def target(path: str | Path) -> Path:
    """The file that ``path`` leads to, by whatever links; it need not be there."""
    return Path(os.path.realpath(path))


def open_stream(path: str | Path) -> BinaryIO | None:
    """``path`` open for writing where it is no file that could be replaced: a device, a pipe, ``/dev/stdout``."""
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
    """Within it, what the system refuses becomes an OpError about ``path``."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        kept = "; what it held before is still there" if replaces and os.path.isfile(path) else ""
        raise OpError(f"{path}: cannot be written: {reason}{kept}") from None


def _descriptor(path: str | Path) -> int | None:
    """The number of an open file of this process that ``path`` stands for, by whatever links."""
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
    """A new file in the folder of the one that ``path`` leads to, like it in who may read and write it."""
    file = target(path)
    part = str(file.with_name(f".calc-{os.urandom(6).hex()}.part"))  # short: the name itself may be as long as they get
    # until it has the mode of the one before, nobody else reads it
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
    """Give the open file the owner, the access list and the mode of the one at ``path``, where there is one."""
    before = _found(path)
    if before is None or not hasattr(os, "fchown"):
        return
    for owner in ((before.st_uid, before.st_gid), (-1, before.st_gid)):
        with suppress(PermissionError):  # only the superuser may give a file away
            os.fchown(descriptor, *owner)
            break
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # a file system without them
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
    """Give ``part`` the name of the file that ``path`` leads to, and flush the folder, so that it stays so."""
    file = target(path)
    os.replace(part, file)
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # a folder that may be written and not read; the file is there
            folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                _synced(folder)
            finally:
                os.close(folder)
