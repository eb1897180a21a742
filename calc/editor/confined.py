"""Confines a process that works on posted text to a folder and to limits that the operating system enforces.

The code of calc opens no file outside the folder for a posted text. This is a second line of defence against mistakes.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

try:
    import resource
except ImportError:  # Windows has no such module, so only the time limits of the server apply there
    resource = None  # type: ignore[assignment]  # asked for before each use

MEMORY_BYTES = 3 * 2**30
"""The limit of the address space. Libraries reserve more of it than they use."""
OPEN_FILES = 128
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = (
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.link", "os.mkdir", "os.posix_spawn",
    "os.remove", "os.rename", "os.rmdir", "os.spawn", "os.symlink", "os.system", "os.truncate", "os.utime",
    "pty.spawn", "shutil.", "socket.", "subprocess.Popen", "webbrowser.",
)  # fmt: skip
"""Audit events of Python that never occur when a network is counted. A final dot covers all events below it."""


def confine(folders: Iterable[Path]) -> None:
    """From this call on, the process reads only ``folders`` and what Python imports, writes nothing and starts nothing.

    This cannot be undone or weakened.
    """
    if resource is not None:
        _at_most(resource.RLIMIT_AS, MEMORY_BYTES)
        _at_most(resource.RLIMIT_NOFILE, OPEN_FILES)
        _at_most(resource.RLIMIT_FSIZE, 0)
        _at_most(resource.RLIMIT_CORE, 0)
    sys.dont_write_bytecode = True
    places = [str(folder) for folder in (*folders, Path(__file__).parents[2])]
    places += [sys.prefix, sys.base_prefix, *filter(None, sys.path)]
    roots = tuple({os.path.join(os.path.realpath(place), "") for place in places})

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not isinstance(path, int) and (flags & _WRITES or not _is_within(path, roots)):
                _refuse(os.fsdecode(path))
        elif event in ("os.listdir", "os.scandir"):
            path = arguments[0]
            if not isinstance(path, int) and not _is_within(path or ".", roots):
                _refuse(os.fsdecode(path or "."))
        elif event.startswith(_REFUSED):
            _refuse(event)

    sys.addaudithook(refuse)


def allow_cpu_seconds(seconds: int) -> None:
    """Let the operating system end this process after ``seconds`` more of processor time."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def _at_most(limit: int, value: int) -> None:
    """Lower a limit of the system. A stricter limit stays, and a system without this limit is ignored."""
    hard = resource.getrlimit(limit)[1]
    with suppress(OSError, ValueError):
        resource.setrlimit(limit, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard),) * 2)


def _is_within(path: str | bytes, roots: tuple[str, ...]) -> bool:
    return os.path.join(os.path.realpath(os.fsdecode(path)), "").startswith(roots)


def _refuse(what: str) -> NoReturn:
    raise PermissionError(1, "outside the folder that calc serve was started in", what)
