"""What every command's output in a terminal has to be: no line wider than it, no number cut or broken."""

import re

import pytest
from rich.cells import cell_len

WIDTHS = (60, 80, 140)
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_NUMBER = re.compile(r"\d[\d,]*\d")
_BROKEN = re.compile(r"(\d[\d,]*,) *\n *(\d[\d,]*)")
_UNIT_APART = re.compile(r"\d *\n *(?:[KMGTPE]i?B?|%|× \d+)(?=\W|$)")


def pretend(monkeypatch: pytest.MonkeyPatch, width: int | None) -> None:
    """Let standard output be a terminal of ``width`` columns, or with None a pipe."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: width is not None, raising=False)
    monkeypatch.setenv("COLUMNS", str(width or 80))


def faults(shown: str, width: int, piped: str | None = None) -> list[str]:
    """What is wrong with ``shown`` in ``width`` columns.

    ``piped``: the same command's complete output; every number shown that has a thousands separator has to be there.
    """
    shown = _STYLE.sub("", shown)
    found = [f"{cell_len(line)} columns: {line}" for line in shown.splitlines() if cell_len(line) > width]
    found += [f"a unit apart from its number: {match.group()!r}" for match in _UNIT_APART.finditer(shown)]
    if piped is not None:
        known = set(_NUMBER.findall(piped))
        found += [f"cut: {number}" for number in _NUMBER.findall(shown) if "," in number and number not in known]
        found += [f"broken: {a + b}" for a, b in _BROKEN.findall(shown) if a + b in known]
    return found
