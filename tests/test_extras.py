"""Extras are called the same wherever they are named, and a hint says what works from an index and from a clone."""

import re
from pathlib import Path

import pytest

from calc.extras import install_hint

ROOT = Path(__file__).parents[1]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
_TABLE = re.compile(r"^\[project\.optional-dependencies\]\n(.*?)^\[", re.MULTILINE | re.DOTALL)
EXTRAS = re.findall(r"^(\w+) = \[", _TABLE.findall(PROJECT)[0], re.MULTILINE)
_WAYS = (
    r"macbits\[([\w,]+)\]",
    r"(?<!\w)\.\[([\w,]+)\]",
    r"install_hint\([\"'](\w+)[\"']\)",
    r"\(extra: (\w+)\)",
    r"the extra `(\w+)`",
)
NAMED = re.compile("|".join(_WAYS))
TEXTS = [
    path
    for pattern in ("calc/**/*.py", "verify/**/*.py", "docs/**/*.md", "*.md", "*.yml", ".ci/run", "pyproject.toml")
    for path in sorted(ROOT.glob(pattern))
]


def named_in(text: str) -> list[str]:
    """The extras that ``text`` names."""
    return [name for found in NAMED.findall(text) for name in ",".join(filter(None, found)).split(",")]


def test_every_extra_that_is_named_exists() -> None:
    named = {name: str(path.relative_to(ROOT)) for path in TEXTS for name in named_in(path.read_text(encoding="utf-8"))}
    assert len(named) > 5
    assert {name: path for name, path in named.items() if name not in EXTRAS} == {}


@pytest.mark.parametrize(
    "text",
    ["macbits[nothing]", "-e '.[nothing]'", 'install_hint("nothing")', "(extra: nothing)", "the extra `nothing`"],
)
def test_one_that_does_not_is_seen(text: str) -> None:
    assert named_in(text) == ["nothing"]


def test_a_hint_works_from_an_index_and_from_a_clone() -> None:
    assert install_hint("verify") == "pip install 'macbits[verify]', or in a clone: pip install -e '.[verify]'"


def test_nobody_is_left_to_put_in_an_address() -> None:
    assert [str(path) for path in TEXTS if re.search(r"\bOWNER\b", path.read_text(encoding="utf-8"))] == []
