"""What the pages of docs show of these commands is what they print today."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calc.cli.conftest import Ran

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"```console\n\$ calc ([^\n]+)\n(.*?)```", re.DOTALL)
PAGES = ("audit", "compare", "conventions", "deploy", "explain", "formats", "formulas", "memory")
BLOCKS = [
    (page, *found)
    for page in PAGES
    for found in _BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))
]
DEAR = (
    "audit specs/claims/published.yaml",
    "explain llama2_7b 6,738,417,664",
    "explain specs/vit_b_16.yaml 16,867,412,736",
    "explain specs/mobilenetv2.yaml 12,537,150,976 --bits adaptive",
    "explain specs/mobilenetv2.yaml 314.19M",
    "explain specs/mobilenetv2.yaml 320,300,009",
)
"""What takes seconds, and is found by the tests of calc/claims too."""


def test_the_dear_are_shown() -> None:
    assert set(DEAR) <= {command for _, command, _ in BLOCKS}


@pytest.mark.parametrize(
    "page, command, shown",
    [pytest.param(*block, marks=pytest.mark.zoo if block[1] in DEAR else ()) for block in BLOCKS],
)
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


def shown_on_the_page_of_ci(command: str) -> str:
    """What docs/ci.md shows that ``calc`` with these words prints."""
    (shown,) = [
        shown
        for written, shown in _BLOCK.findall((ROOT / "docs/ci.md").read_text(encoding="utf-8"))
        if written == command
    ]
    return str(shown)


def test_the_page_of_ci_shows_what_a_planted_change_prints(
    calc: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "specs/mobilenetv2.yaml").read_text(encoding="utf-8")
    stage = "[6, 24, 2, 2]"
    assert text.count(stage) == 1
    spec = tmp_path / "specs/mobilenetv2.yaml"
    spec.parent.mkdir()
    spec.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert calc("lock", "specs/mobilenetv2.yaml", "--bits", "8", "adaptive").code == 0
    spec.write_text(text.replace(stage, "[6, 24, 2, 1]"), encoding="utf-8")
    assert calc("check", "specs/mobilenetv2.yaml").out == shown_on_the_page_of_ci("check specs/mobilenetv2.yaml")


def test_the_page_of_ci_shows_what_budgets_print(calc: Callable[..., Ran]) -> None:
    command = "budgets mobilenetv2 --max layer.macs=20M --max weight_bytes@8=4Mi"
    assert calc(*command.split()).out == shown_on_the_page_of_ci(command)


def test_the_page_of_ci_shows_what_a_lock_of_a_folder_prints(
    calc: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = ["specs/alexnet.yaml", "specs/mobilenetv2.yaml"]
    (tmp_path / "specs").mkdir()
    for spec in specs:
        shutil.copy(ROOT / spec, tmp_path / spec)
    monkeypatch.chdir(tmp_path)
    shown = shown_on_the_page_of_ci("lock specs/*.yaml --bits 8 adaptive")
    assert calc("lock", *specs, "--bits", "8", "adaptive").out == shown
