"""What the pages of docs show of these commands is what they print today."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calc.cli.conftest import Ran

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"```console\n\$ calc ([^\n]+)\n(.*?)```", re.DOTALL)
PAGES = ("audit", "compare", "conventions", "explain")
BLOCKS = [
    (page, *found)
    for page in PAGES
    for found in _BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page, command, shown", BLOCKS)
def test_the_lines_shown_are_printed_in_that_order(
    calc: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    page: str,  # noqa: ARG001  # names the case
    command: str,
    shown: str,
) -> None:
    monkeypatch.chdir(ROOT)
    printed = iter(calc(*command.split()).out.splitlines())
    for line in shown.splitlines():
        assert line in printed, line  # an iterator: what comes next must come later


def test_every_page_shows_something() -> None:
    assert {page for page, _, _ in BLOCKS} == set(PAGES)
