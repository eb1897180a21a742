"""No page, docstring or message has a misspelling that codespell knows; words.txt holds those that are meant."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT

WORDS = Path(__file__).with_name("words.txt")
CHECKED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "calc", "verify", "specs")
SKIPPED = "*.csv,*.png,*.json,*/codemirror.js"
"""What is data, or a library's code made small."""


def is_misspelt(*paths: Path) -> bool:
    """Whether a word is misspelt in ``paths``; codespell prints each with its place."""
    codespell = pytest.importorskip("codespell_lib", reason="the extra dev brings codespell")
    return bool(codespell.main("--ignore-words", str(WORDS), "--skip", SKIPPED, *map(str, paths)))


@pytest.mark.zoo
def test_nothing_is_misspelt() -> None:
    assert not is_misspelt(*[ROOT / path for path in CHECKED])


def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("A seperate page.\n", encoding="utf-8")
    assert is_misspelt(tmp_path / "page.md")
