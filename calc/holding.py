"""One process at a time on a file that grows for hours: the second is told who holds it, and stops.

The lock is the system's own, on ``.NAME.lock`` beside the file. It ends with the process that holds it, however that
ends, so one that a kill leaves lying about means nothing.
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
except ImportError:  # Windows has none: there nobody is told
    fcntl = None  # type: ignore[assignment]  # asked for before each use

_NOT_LOCKED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""What file systems say that have no locks."""


@contextmanager
def held(path: str | Path, hint: str) -> Iterator[None]:
    """Within it no other process holds ``path``, by whatever links it is named.

    Raises OpError with ``hint`` where one does, saying which, and since when; and where no file can be made beside it.
    """
    file = writing.target(path)
    if file.exists() and not file.is_file():  # a device: what two processes write to it is theirs to sort out
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
            lock.unlink()  # before the lock ends: whoever opened it meanwhile sees that it is another's
        os.close(descriptor)


def _locked(lock: Path) -> int | None:
    """The open file ``lock``, locked by this process, with who it is in it; ``None`` where another has it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if fcntl is not None:
                # a record lock, which processes that this one starts do not inherit: it ends with this one alone
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
