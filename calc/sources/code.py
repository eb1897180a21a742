"""Runs a user's code to get a network, and keeps its side effects away from the rest of the process.

Its output goes to standard error, and the working folder is restored afterwards. Whatever it raises, sys.exit included,
becomes one message with the line that raised it.
"""

import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import partial
from io import TextIOBase
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from calc.errors import Problem, SpecError, nearest
from calc.reading import read_bytes
from calc.sources.grammar import Source, callables_hint
from calc.sources.lines import line_of
from calc.sources.neighbours import own_neighbours

PREFIX = "calc_source_"
"""The prefix of the module name for a file, so that it replaces no other module."""
MAX_TEXT = 300
_MISSING = object()
_FUNCTION = "name a function without arguments that returns the network"


@contextmanager
def apart(source: Source) -> Iterator[None]:
    """Run the code of ``source`` so that it writes to standard error, finds modules beside it, and cannot end the
    process.

    Raises SpecError if it tries to.
    """
    folder, path = os.getcwd(), list(sys.path)
    home = os.path.dirname(os.path.abspath(source.home)) if source.kind == "file" else folder
    sys.path[:0] = [entry for entry in dict.fromkeys([home, folder]) if entry not in sys.path]
    try:
        with own_neighbours(home, folder), _to_standard_error(), _without_sudden_end():
            yield
    except SystemExit as error:
        code = "" if error.code is None else repr(error.code)[:MAX_TEXT]
        call = str(error) if isinstance(error, SuddenEnd) else f"sys.exit({code})"
        raise _problem(source, f"calls {call}", error=error) from None
    finally:
        sys.path[:] = path
        with suppress(OSError):
            os.chdir(folder)


def made(source: Source) -> Any:
    """Return the network of ``source``: the result of its callable, or the named object itself if it is a network.

    Raises SpecError if the module or callable does not exist, needs arguments, or raises.
    """
    module = _module(source)
    found = _attribute(source, module)
    if not isinstance(found, type) and hasattr(found, "forward") and hasattr(found, "state_dict"):
        return found
    if not callable(found):
        raise _problem(source, f"{source.name} is {_a(found)}, which cannot be called", _FUNCTION)
    _require_no_arguments(source, found)
    return _run(source, found, f"{source.name}() raises")


def _module(source: Source) -> ModuleType:
    if source.kind == "file":
        return _of_file(source)
    try:
        return importlib.import_module(source.home)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else "."
        if f"{source.home}.".startswith(f"{missing}."):
            raise _problem(source, f"there is no module {missing}", _near_modules(missing)) from None
        raise _raised(source, f"{source.home} cannot be imported", error) from None


def _of_file(source: Source) -> ModuleType:
    """Return the file as a module. Unlike an import, this writes no files beside it."""
    data = read_bytes(source.home)
    path = os.path.abspath(source.home)
    module = ModuleType(PREFIX + Path(source.home).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module  # dataclasses and pickle look for it there
    try:
        code = compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a zero byte
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SpecError([Problem(None, f"{source.home}{line}: is not valid Python: {said}")]) from None
    _run(source, lambda: exec(code, module.__dict__), "cannot be imported")
    return module


def _attribute(source: Source, module: ModuleType) -> Any:
    found: Any = module
    for part in source.name.split("."):
        names = [name for name in vars(found) if not name.startswith("_")] if hasattr(found, "__dict__") else []
        hint = callables_hint(source.home, part) if source.kind == "file" and found is module else nearest(part, names)
        inner = _run(source, partial(getattr, found, part, _MISSING), f"reading {part} raises")
        if inner is _MISSING:
            owner = source.home if found is module else getattr(found, "__name__", _a(found))
            raise _problem(source, f"{owner} has no {part}", hint)
        found = inner
    return found


def _require_no_arguments(source: Source, found: Callable[..., Any]) -> None:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # a callable in C, which has no signature
        return
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [each.name for each in parameters if each.default is each.empty and each.kind not in free]
    if needed:
        raise _problem(source, f"{source.name} needs arguments: {', '.join(needed)}", _FUNCTION)


def _run(source: Source, function: Callable[[], Any], what: str) -> Any:
    try:
        return function()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # whatever a user's code raises becomes one message
        raise _raised(source, what, error) from None


def _raised(source: Source, what: str, error: BaseException) -> SpecError:
    said = str(error).strip().partition("\n")[0][:MAX_TEXT]
    return _problem(source, f"{what}: {type(error).__name__}{said and f': {said}'}", error=error)


def _near_modules(missing: str) -> str:
    """Return a hint with existing modules whose names are near to the missing one."""
    above, _, name = missing.rpartition(".")
    package = sys.modules.get(above)
    paths = list(getattr(package, "__path__", ())) if above else [os.getcwd()]
    near = nearest(name, [found.name for found in pkgutil.iter_modules(paths)], ())
    return near or (
        "" if above else "modules are looked for in this folder, in PYTHONPATH and among installed packages"
    )


def _a(value: object) -> str:
    return f"of type {type(value).__name__}"


def _problem(source: Source, fact: str, hint: str = "", error: BaseException | None = None) -> SpecError:
    place = None if error is None else line_of(source, error)
    return SpecError([Problem(place, f"{source.text[:200]}: {fact}", hint)])


class SuddenEnd(SystemExit):
    """Raised in place of os._exit, which would end the process without a message, so that a gate would pass."""


@contextmanager
def _without_sudden_end() -> Iterator[None]:
    """Make os._exit raise SuddenEnd in this process. Forked processes still end by it."""
    ends, own = os._exit, os.getpid()

    def raises(status: int) -> NoReturn:
        if os.getpid() != own:
            ends(status)
        raise SuddenEnd(f"os._exit({status})")

    vars(os)["_exit"] = raises
    try:
        yield
    finally:
        vars(os)["_exit"] = ends


class _StandardError(TextIOBase):
    """A stream that writes to standard error, and does not close it when it is closed itself."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()

    def fileno(self) -> int:
        return sys.stderr.fileno()


@contextmanager
def _to_standard_error() -> Iterator[None]:
    """Send everything printed, by Python or by native code, to standard error, so that the report has the output
    alone.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # one of them is closed
        with redirect_stdout(_StandardError()):
            yield
        return
    try:
        with redirect_stdout(_StandardError()):
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 1)
        os.close(kept)
