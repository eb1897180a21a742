"""Counting conventions as data: each YAML file here is one convention, with its source.

``macs`` is the convention of this project. The others emulate well-known counters exactly, so that published numbers
can be recognised.
"""

from functools import cache
from pathlib import Path

from calc.conventions.count import Counted, Part, count_as
from calc.conventions.definition import Convention, Functions, Term, read_convention, read_functions
from calc.errors import OpError, nearest
from calc.workload import Workload

__all__ = [
    "FOLDER",
    "Convention",
    "Counted",
    "Part",
    "Term",
    "convention",
    "convention_names",
    "conventions",
    "counted",
]

FOLDER = Path(__file__).parent
_FUNCTIONS = "functions.yaml"
_FIRST = ("macs", "flops2")


def convention_names() -> tuple[str, ...]:
    """The names of all conventions: the two of this project, then those of tools in alphabetical order."""
    found = {path.stem.replace("_", "-") for path in FOLDER.glob("*.yaml") if path.name != _FUNCTIONS}
    return (*_FIRST, *sorted(found - set(_FIRST)))


@cache
def convention(name: str) -> Convention:
    """The convention called ``name``. Raises OpError that suggests the nearest names."""
    if name not in convention_names():
        raise OpError(f"unknown convention {name!r:.60}", nearest(str(name), convention_names()))
    return read_convention(FOLDER / f"{name.replace('-', '_')}.yaml")


def conventions() -> tuple[Convention, ...]:
    """All conventions."""
    return tuple([convention(name) for name in convention_names()])


def counted(name: str, workload: Workload) -> Counted:
    """The counts of ``workload`` under the convention ``name``. Raises OpError for an unknown name."""
    return count_as(convention(name), workload, _functions())


@cache
def _functions() -> Functions:
    return read_functions(FOLDER / _FUNCTIONS)
