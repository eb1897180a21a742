"""Modules that a user's code imports from beside it: another source has to find its own ones under the same names."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType

_known: dict[str, str] = {}
"""By name the folder of each module at the top of a name that a source's code imported from beside it."""


@contextmanager
def own_neighbours(home: str, folder: str) -> Iterator[None]:
    """Within it code in ``home`` that runs in ``folder`` imports what it would import if no other source had run.

    What it imports stays, so that its own code finds the same modules when it runs again.
    """
    for name, place in list(_known.items()):
        if place != home and (place != folder or PathFinder.find_spec(name, [home]) is not None):
            _forget(name)
    before = _tops()
    try:
        yield
    finally:
        for name in _tops() - before:
            places = _places(sys.modules.get(name))
            if places & {home, folder}:
                _known[name] = home if home in places else folder


def _tops() -> set[str]:
    return {name.partition(".")[0] for name in list(sys.modules)}


def _forget(name: str) -> None:
    del _known[name]
    for each in [each for each in list(sys.modules) if each == name or each.startswith(f"{name}.")]:
        del sys.modules[each]


def _places(module: object) -> set[str]:
    """The folders that an import of ``module`` looked into: two for a package without __init__.py in both."""
    if not isinstance(module, ModuleType):
        return set()
    held = vars(module)
    paths = held.get("__path__") or [held.get("__file__")]
    return {os.path.dirname(os.path.abspath(path)) for path in paths if isinstance(path, str)}
