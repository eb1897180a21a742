"""Ensures that only one process at a time writes a file that grows for hours. A second process stops with a message.

The lock is a lock of the operating system on ``.NAME.lock`` beside the file. It ends with its process, however the
process ends, so a lock file that is left behind has no effect.
"""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from calc import writing
from calc.errors import OpError

try:
    import fcntl
except ImportError:  # Windows has no fcntl, so a second process is not refused there
    fcntl = None  # type: ignore[assignment]  # asked for before each use

_NOT_LOCKED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""The errors of file systems that have no locks."""


@contextmanager
def held(path: str | Path, hint: str) -> Iterator[None]:
    """A context in which no other process holds ``path``, under any of its links.

    Raises OpError with ``hint`` if another process holds it, naming the process and the time, and if no lock file can
    be made.
    """
    file = writing.target(path)
    if file.exists() and not file.is_file():  # a device may be written by several processes
        yield
        return
    lock = file.with_name(f".{file.name}.lock")
    with writing.said(path):
        descriptor = _locked(lock)
    if descriptor is None:
        holder = lock.read_text(encoding="utf-8", errors="replace").strip() if lock.is_file() else ""
        raise OpError(f"{path}: is being written by {holder or 'another process'}", hint)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()  # before the lock ends, so that a process that opened it meanwhile sees a different file
        os.close(descriptor)


def _locked(lock: Path) -> int | None:
    """Return the lock file, locked by this process, with its identity in it; None if another process has it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if fcntl is not None:
                # child processes do not inherit a record lock, so it ends with this process
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(lock)):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()} since {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
                return descriptor
        except FileNotFoundError:  # its holder has just removed it
            pass
        except OSError as error:
            if error.errno in _NOT_LOCKED:
                return descriptor
            os.close(descriptor)
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return None
            raise
        os.close(descriptor)
