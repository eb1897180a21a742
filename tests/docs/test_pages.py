"""The pages typed line by line: files are written, commands run, and what the pages show is what is printed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from calc.cli.commands import application
from calc.spec import loads
from tests.calc.cli.conftest import Ran, calc, process  # noqa: F401  # the fixtures
from tests.docs.pages import LEFT_OUT, ROOT, Block, blocks, commands, pages, run_page
from tests.docs.shelf import CODE, fill

NOT_RUN = {
    "W.safetensors": "weights do not come with the project; tests/verify measure with small ones",
    "net.safetensors": "the same",
    "cifar10": "downloads pictures",
    "llama-3.1-8b-q4_k_m.gguf": "5 GB; tests/calc/cli/test_weights.py makes its header and compares the page",
    "exported.pt2": "tests/verify/importers make such files",
    "model.onnx": "tests/calc/onnx make such files",
    "timm/mobilenetv3_large_100": "timm is of the extra oracles, whose tests import its networks",
    "import torchvision/": "tests marked oracles hold imports of torchvision against our specs",
    "run torchvision/": "the same",
    "diff torchvision/": "the same",
    "calc serve": "serves until Ctrl-C: tests/calc/editor",
    "HEAD~1:": "tests/calc/gate/test_diff.py reads specs out of git",
    "main.json": "tests/calc/gate/test_diff.py compares saved results",
    "check specs/mobilenetv2.yaml": "test_a_planted_change_prints_what_the_page_of_ci_shows makes the change",
    "published.yaml": "tests/calc/claims audit it",
}
"""A part of each command of a page that is not run here, and why. All of them are parsed."""
OURS = ("calc", "cat")
"""Programs of the pages; the others set up an environment, or run what .ci/run or people with data run."""
LANGUAGES = ("console", "sh", "python", "yaml", "toml", "text")
QUICK = ("audit", "compare", "conventions", "deploy", "explain", "formats", "formulas", "memory")
"""Pages that the default run types too, but for the commands of LONG."""
LONG = (
    "audit specs/claims/published.yaml",
    "explain llama2_7b 6,738,417,664",
    "explain specs/vit_b_16.yaml 16,867,412,736",
    "explain specs/mobilenetv2.yaml 12,537,150,976 --bits adaptive",
    "explain specs/mobilenetv2.yaml 314.19M",
    "explain specs/mobilenetv2.yaml 320,300,009",
    "compare specs/mobilenetv2.yaml --bits adaptive 2 4 8 --plot docs/figures/mobilenetv2_bits.png",
    "verify mobilenetv2 --deployed",
)
"""Commands of those pages that take seconds, or need PyTorch or matplotlib."""

PAGES = [page for page in pages() if blocks(page)]
TYPED = [(page, command) for page in PAGES for block in blocks(page) for command in commands(block)]


def is_skipped(words: tuple[str, ...]) -> bool:
    return words[0] not in OURS or any(part in " ".join(words) for part in NOT_RUN)


@pytest.mark.zoo
@pytest.mark.torch
@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_it_shows(
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calc: Callable[..., Ran],  # noqa: F811
    process: Callable[..., Ran],  # noqa: F811
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, page)
    if page in CODE:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        calc = process
    assert "\n".join(run_page(page, tmp_path, calc, is_skipped)) == ""


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_page_prints_what_it_shows(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calc: Callable[..., Ran],  # noqa: F811
) -> None:
    monkeypatch.chdir(tmp_path)
    page = f"docs/{name}.md"
    fill(tmp_path, page)

    def skipped(words: tuple[str, ...]) -> bool:
        return is_skipped(words) or " ".join(words[1:]) in LONG

    assert "\n".join(run_page(page, tmp_path, calc, skipped)) == ""


def test_a_planted_change_prints_what_the_page_of_ci_shows(
    calc: Callable[..., Ran],  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
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
    words = ("calc", "check", "specs/mobilenetv2.yaml")
    (shown,) = [command.shown for page, command in TYPED if page == "docs/ci.md" and command.words == words]
    assert tuple(calc(*words[1:]).out.splitlines()) == shown


def test_a_line_that_is_not_printed_is_found(tmp_path: Path, calc: Callable[..., Ran]) -> None:  # noqa: F811
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ calc formats int4g128\ncode bits        4         what BitOps are counted with\nno\n```\n"
    )
    (found,) = run_page(str(page), tmp_path, calc, is_skipped)
    assert ":2: calc formats int4g128: not printed: no\n" in found


def test_whatever_is_not_run_stands_on_a_page() -> None:
    typed = [" ".join(command.words) for _, command in TYPED]
    assert [part for part in NOT_RUN if not any(part in line for line in typed)] == []
    quick = [" ".join(command.words[1:]) for page, command in TYPED if Path(page).stem in QUICK]
    assert [line for line in LONG if line not in quick] == []


@pytest.mark.zoo
@pytest.mark.torch
def test_every_command_of_a_page_can_be_read() -> None:
    app = application()
    top = app.make_context("calc", [], resilient_parsing=True)
    read = 0
    for page, command in TYPED:
        words = command.words
        if words[0] != "calc" or words[1].startswith("-") or page in CODE:
            continue
        found = app.get_command(top, words[1])
        assert found is not None, f"{page}:{command.line}: calc {words[1]}"
        found.make_context(words[1], list(words[2:]), parent=top)  # raises for an option that is not there
        read += 1
    assert read > 100


def test_every_block_says_its_language() -> None:
    found = [(page, block) for page in PAGES for block in blocks(page)]
    assert [f"{page}:{block.line}: {block.language}" for page, block in found if block.language not in LANGUAGES] == []


def test_yaml_of_a_page_can_be_read_and_a_whole_spec_is_one() -> None:
    for page in PAGES:
        for block in blocks(page):
            if block.language == "yaml":
                data = yaml.safe_load(_without_marks(block))
                assert data, f"{page}:{block.line}"
                if "title=" not in block.info and LEFT_OUT not in block.text and {"input", "layers"} <= set(data):
                    loads(block.text if "name" in data else f"name: X\n{block.text}")


def _without_marks(block: Block) -> str:
    return "".join([line for line in block.text.splitlines(keepends=True) if line.strip() != LEFT_OUT])
