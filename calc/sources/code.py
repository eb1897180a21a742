"""Running a user's code to get a network: its module is imported, its callable called, and both kept to themselves.

What it prints goes to standard error, the folder that it changes to is left again, and what it raises, sys.exit
included, is one message with the line that it comes from.
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
"""Before the name of the module that a file becomes, so that it takes the place of no other."""
MAX_TEXT = 300
_MISSING = object()
_FUNCTION = "name a function without arguments that returns the network"


@contextmanager
def apart(source: Source) -> Iterator[None]:
    """Within it, the code of ``source`` writes to standard error, finds its neighbours, and cannot end the process.

    Raises SpecError where it tries to.
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
    """What the callable of ``source`` returns; a network that stands there itself is what it is.

    Raises SpecError where there is no such module or callable, where it needs arguments, or raises.
    """
    module = _module(source)
    found = _attribute(source, module)
    if not isinstance(found, type) and hasattr(found, "forward") and hasattr(found, "state_dict"):
        return found
    if not callable(found):
        raise _problem(source, f"{source.name} is {_a(found)}, and cannot be called", _FUNCTION)
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
    """The file as a module. Nothing is written beside it, as Python's own way would."""
    data = read_bytes(source.home)
    path = os.path.abspath(source.home)
    module = ModuleType(PREFIX + Path(source.home).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
    try:
        code = compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a zero byte
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SpecError([Problem(None, f"{source.home}{line}: is no Python: {said}")]) from None
    _run(source, lambda: exec(code, module.__dict__), "cannot be imported")
    return module


def _attribute(source: Source, module: ModuleType) -> Any:
    found: Any = module
    for part in source.name.split("."):
        names = [name for name in vars(found) if not name.startswith("_")] if hasattr(found, "__dict__") else []
        hint = callables_hint(source.home, part) if source.kind == "file" and found is module else nearest(part, names)
        inner = _run(source, partial(getattr, found, part, _MISSING), f"{part} cannot be had")
        if inner is _MISSING:
            owner = source.home if found is module else getattr(found, "__name__", _a(found))
            raise _problem(source, f"{owner} has no {part}", hint)
        found = inner
    return found


def _require_no_arguments(source: Source, found: Callable[..., Any]) -> None:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # of what is written in C, which says nothing of itself
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
    except BaseException as error:  # whatever a user's code raises is said in a line
        raise _raised(source, what, error) from None


def _raised(source: Source, what: str, error: BaseException) -> SpecError:
    said = str(error).strip().partition("\n")[0][:MAX_TEXT]
    return _problem(source, f"{what}: {type(error).__name__}{said and f': {said}'}", error=error)


def _near_modules(missing: str) -> str:
    """The modules beside the one that is missing whose names are near."""
    above, _, name = missing.rpartition(".")
    package = sys.modules.get(above)
    paths = list(getattr(package, "__path__", ())) if above else [os.getcwd()]
    near = nearest(name, [found.name for found in pkgutil.iter_modules(paths)], ())
    return near or ("" if above else "modules are looked for in this folder, in PYTHONPATH and among what is installed")


def _a(value: object) -> str:
    return f"of the type {type(value).__name__}"


def _problem(source: Source, fact: str, hint: str = "", error: BaseException | None = None) -> SpecError:
    place = None if error is None else line_of(source, error)
    return SpecError([Problem(place, f"{source.text[:200]}: {fact}", hint)])


class SuddenEnd(SystemExit):
    """os._exit was called, which ends a process without a word: a gate would pass, having counted nothing."""


@contextmanager
def _without_sudden_end() -> Iterator[None]:
    """Within it os._exit raises SuddenEnd in this process; processes that code forks end by it as ever."""
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
    """Writes to standard error, and does not close it with itself."""

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
    """What is printed within it, by Python or below it, goes to standard error: the report has the output alone."""
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
