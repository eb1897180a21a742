"""Finds the line of a user's own code that raised an exception."""

import os
from traceback import walk_tb
from types import FrameType

from calc.errors import Place
from calc.sources.grammar import Source

_OURS = ("calc", "verify")
_INSTALLED = f"{os.sep}site-packages{os.sep}"


class CodeLine(Place):
    """A line of code. Messages name it without a column."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def line_of(source: Source, error: BaseException) -> CodeLine | None:
    """Return the line of the user's own code nearest to where ``error`` was raised, or None.

    The user's code is in the file or package of ``source``, beside it, or in this folder.
    """
    folder = os.getcwd() + os.sep
    found = None
    for frame, line in walk_tb(error.__traceback__):
        if _is_own(frame, source, folder):
            found = CodeLine(frame.f_code.co_filename.removeprefix(folder), line, 1)
    return found


def _is_own(frame: FrameType, source: Source, folder: str) -> bool:
    file = frame.f_code.co_filename
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    if package in _OURS or file.startswith("<"):
        return False
    if source.kind == "module" and package == source.home.partition(".")[0]:
        return True
    beside = os.path.dirname(os.path.abspath(source.home)) + os.sep if source.kind == "file" else folder
    return file.startswith((folder, beside)) and _INSTALLED not in file
