"""Separates the modules beside one source from those beside another, which may have the same names."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType

_known: dict[str, str] = {}
"""The folder of each top-level module that a source's code imported from beside it, by name."""


@contextmanager
def own_neighbours(home: str, folder: str) -> Iterator[None]:
    """Let code in ``home`` that runs in ``folder`` import the modules that it would find if no other source had run.

    Its modules stay loaded, so that it finds the same ones when it runs again.
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
    """Return the folders where an import of ``module`` found it: two for a package without __init__.py in both."""
    if not isinstance(module, ModuleType):
        return set()
    held = vars(module)
    paths = held.get("__path__") or [held.get("__file__")]
    return {os.path.dirname(os.path.abspath(path)) for path in paths if isinstance(path, str)}
