"""What came with the package is called by its name: no output tells where on this machine the package is."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.report.html import render
from calc.sources import load
from calc.spec.shelf import packaged_specs
from tests.calc.cli.conftest import Ran

Run = Callable[..., Ran]
NAME = "seed_depthwise_example"
CHILD = f"extends: {NAME}\nname: child\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("child.yaml").write_text(CHILD)


@pytest.mark.parametrize("network", [NAME, "child.yaml"])
@pytest.mark.parametrize(
    "command",
    [
        *[("run", "NET", "--format", form) for form in ("table", "json", "csv", "markdown", "latex")],
        *[("compare", "NET", "--bits", "8", "4", "--format", form) for form in ("table", "json", "csv")],
        ("conventions", "NET", "--format", "json"),
        ("memory", "NET", "--format", "json"),
        ("explain", "NET", "2.36M", "--format", "json"),
        ("allocate", "NET", "--budget", "weight_bytes=1K", "--format", "json"),
        ("diff", "NET", NAME, "--format", "json"),
        ("sweep", "NET", "--bits", "8", "--format", "json"),
        ("write", "NET"),
    ],
    ids=" ".join,
)
def test_no_output_tells_where_the_package_is(calc: Run, command: tuple[str, ...], network: str) -> None:
    ran = calc(*[network if word == "NET" else word for word in command])
    assert ran.out
    assert str(packaged_specs()) not in ran.out + ran.err


def test_the_name_is_one_that_is_taken_again(calc: Run) -> None:
    assert json.loads(calc("run", NAME.replace("_", "-"), "--format", "json").out)["spec"] == NAME
    bases = json.loads(calc("run", "child.yaml", "--format", "json").out)["bases"]
    assert bases == [{"key": "extends", "name": NAME, "file": f"<packaged>/{NAME}.yaml", "packaged": True}]


def test_a_lock_and_what_a_notebook_shows() -> None:
    analysis = analyse(load(NAME), bits="8")
    assert f"<td>{NAME}</td>" in render(analysis)
    assert str(packaged_specs()) not in render(analysis)


def test_a_file_is_called_as_it_was_given(calc: Run, tmp_path: Path) -> None:
    given = str(tmp_path / "child.yaml")
    assert json.loads(calc("run", given, "--format", "json").out)["spec"] == given


def test_claims_by_name(calc: Run) -> None:
    ran = calc("audit", "seed_notebook")
    assert ran.out.startswith("claims  seed_notebook\n")
    wrong = calc("audit", "seed-reprot")
    assert (wrong.code, wrong.err) == (
        2,
        "seed-reprot: neither a file nor packaged claims nor a packaged spec\n  hint: did you mean seed_report?\n",
    )
    Path("seed_notebook.yaml").write_text(f"spec: {NAME}\nclaims: [{{macs: 1}}]\n")  # a file goes before a packaged one
    assert "Of 1 number" in calc("audit", "seed_notebook").out


def test_claims_are_read_and_so_never_replaced(calc: Run) -> None:
    file = str(packaged_specs() / "claims" / "seed_notebook.yaml")
    ran = calc("audit", "seed_notebook", "--output", file, "--force")
    assert (ran.code, ran.out) == (2, "")
    assert "is read by this command" in ran.err
