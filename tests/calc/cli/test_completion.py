"""What the shell is offered for a word that is begun, asked for as bash asks."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from calc.cli import main
from calc.spec.shelf import packaged, packaged_claims
from tests.calc.cli.conftest import SPEC

Complete = Callable[[str], list[str]]


@pytest.fixture
def complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complete:
    """``complete("run mob")`` in a folder with a spec, a file of rules and a folder."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SPEC)
    Path("rules.yml").write_text("default: 8\n")
    Path("notes.txt").write_text("")
    Path(".hidden.yaml").write_text("")
    Path("nets").mkdir()
    Path("nets/child.yaml").write_text("extends: mobilenetv2\nname: child\n")

    def ask(words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["calc"])
        monkeypatch.setenv("_CALC_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", f"calc {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) if not words.endswith(" ") else len(words.split()) + 1))
        with pytest.raises(SystemExit):
            main()
        found = capsys.readouterr()
        assert found.err == ""
        return found.out.split()

    return ask


def test_networks_are_packaged_names_files_and_folders(complete: Complete) -> None:
    assert complete("run mobilenetv2") == ["mobilenetv2", "mobilenetv2_tf"]
    assert complete("run nets") == ["nets/"]
    assert complete("run nets/") == ["nets/child.yaml"]
    everything = complete("run ")
    assert [name for name in everything if name not in packaged()] == ["nets/", "rules.yml", "small.yaml"]
    assert complete("run .h") == [".hidden.yaml"]
    assert complete("run nowhere/") == []


@pytest.mark.parametrize("command", ["compare", "memory", "lock", "check", "validate", "budgets", "diff small.yaml"])
def test_every_command_on_networks_completes_them(complete: Complete, command: str) -> None:
    assert complete(f"{command} sm") == ["small.yaml"]


def test_the_totals_of_a_formula_and_the_last_of_several(complete: Complete) -> None:
    assert complete("formula small.yaml --of para") == ["params"]
    assert complete("formula small.yaml --of macs,par") == ["macs,params"]
    assert "bitops.uniq" not in complete("formula small.yaml --of bit")  # it is no integer, so no formula gives it
    assert complete("formula small.yaml --by b") == ["block"]
    assert complete("formula small.yaml --format p") == ["python"]


def test_the_totals_that_a_sweep_aims_at(complete: Complete) -> None:
    assert complete("sweep small.yaml --front para") == ["params"]
    assert complete("sweep small.yaml --front macs,+para") == ["macs,+params"]
    assert complete("sweep small.yaml --by +mac") == ["+macs"]
    assert complete("sweep small.yaml --of macs,bitops.u") == ["macs,bitops.uniq"]


def test_the_definitions_that_a_number_may_have(complete: Complete) -> None:
    assert complete("explain small.yaml 1M --convention we") == ["weight"]
    assert complete("explain small.yaml 1M --convention fv") == ["fvcore"]


def test_claims(complete: Complete) -> None:
    assert complete("audit se") == [name for name in packaged_claims() if name.startswith("se")]


@pytest.mark.parametrize(
    "begun, offered",
    [
        ("run small.yaml --set w", ["width="]),
        ("run --bits 8 small.yaml --set ", ["width="]),
        ("sweep small.yaml --vary ", ["width=", "input="]),
        ("explain small.yaml 3M --layer ", ["stem", "flatten", "head"]),
        ("explain small.yaml 3M --layer stem.", ["stem.0", "stem.1"]),
        ("allocate small.yaml --pin he", ["head"]),
        ("run small.yaml --bits ru", ["rules.yml"]),
        ("run small.yaml --bits ad", ["adaptive"]),
        ("check --max weight_by", ["weight_bytes@8="]),
        ("check --allow al", ["all="]),
        ("allocate small.yaml --budget peak", ["peak_activation_bytes="]),
        ("pareto small.yaml --against weight_by", ["weight_bytes"]),
        ("run small.yaml --sort bitops.w", ["bitops.weight"]),
    ],
)
def test_what_is_about_the_network_named_before(complete: Complete, begun: str, offered: list[str]) -> None:
    assert complete(begun) == offered


def test_columns_of_the_file_named_before(complete: Complete) -> None:
    Path("s.csv").write_text("layer,bits,output_error,loss\n")
    assert complete("allocate small.yaml --sensitivity s.csv --column l") == ["layer", "loss"]
    assert complete("allocate small.yaml --sensitivity none.csv --column l") == []


@pytest.mark.parametrize("spec", ["none.yaml", "notes.txt", "nothing", "-", "timm/resnet18", "net.py:make", "nets"])
def test_what_cannot_be_read_offers_nothing_and_runs_nothing(complete: Complete, spec: str) -> None:
    Path("net.py").write_text("raise SystemExit('this was run')\n")
    assert complete(f"run {spec} --set ") == []


COMPLETING = """
import sys
from calc.cli import main
sys.argv = ["calc"]
try:
    main()
except SystemExit:
    print(*sys.modules)
"""


def test_completing_imports_no_more_than_a_run() -> None:
    """Neither pydantic, which newer versions of typer use for values, nor torch, nor the readers of formats."""
    asked = {"_CALC_COMPLETE": "complete_bash", "COMP_WORDS": "calc run seed_depth", "COMP_CWORD": "2"}
    ended = subprocess.run(
        [sys.executable, "-c", COMPLETING], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    lines = ended.stdout.splitlines()
    assert lines[0] == "seed_depthwise_example"
    assert not {"pydantic", "torch", "numpy", "rich", "calc.formats.names"} & set(lines[-1].split())
