"""Conformance specs: each says in its comments what it is about and what it truly costs, as arithmetic."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
_COUNT = re.compile(r"# (macs|effective_macs|params) = ([0-9 ()*+/-]+)")


class Case(NamedTuple):
    """A micro-spec and its true counts."""

    name: str
    path: Path
    counts: dict[str, int]


def cases() -> list[Case]:
    """Every conformance spec, by name."""
    return [Case(path.stem, path, _counts(path)) for path in sorted(FOLDER.glob("*.yaml"))]


def _counts(path: Path) -> dict[str, int]:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _COUNT.fullmatch(line)
        if match:
            found[match[1]] = int(eval(match[2], {"__builtins__": {}}))  # digits and operators only
    return found
