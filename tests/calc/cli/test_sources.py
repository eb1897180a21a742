"""Every command that takes a spec takes a source."""

import json
from pathlib import Path

import pytest

from tests.calc.cli.test_commands import imported
from tests.calc.sources import stand_in
from tests.calc.sources.stand_in import MACS, NET, SWIRL

pytestmark = pytest.mark.usefixtures("folder", "imports")

SOURCE = "net.py:make_net"


@pytest.mark.parametrize(
    "words",
    [
        ("run", SOURCE),
        ("run", "torchvision/net", "--bits", "8", "--input", "3x4x4"),
        ("memory", SOURCE),
        ("conventions", SOURCE),
        ("compare", SOURCE, "timm/net", "--bits", "8", "4"),
        ("explain", SOURCE, str(MACS)),
        ("allocate", SOURCE, "--budget", "bitops.weight=adaptive", "--bits", "2", "8", "--solver", "dynamic"),
        ("sweep", SOURCE, "--vary", "input=3x8x8,3x9x9", "--jobs", "1"),
        ("validate", SOURCE),
        ("write", SOURCE, "--input", "3x9x9"),
        ("diff", SOURCE, f"{SOURCE} --input 3x9x9"),
        ("budgets", SOURCE, "--max", f"macs={MACS}"),
    ],
    ids=lambda words: words[0],
)
def test_a_command_takes_a_source(calc, words: tuple[str, ...]) -> None:
    ran = calc(*words)
    assert ran.code == 0, ran.err
    assert "from the user's code" not in ran.out
    assert ran.out


@pytest.mark.parametrize("command", ["run", "memory", "conventions", "compare"])
def test_what_is_not_known_of_a_source_is_kept_where_that_is_asked_for(calc, command: str) -> None:
    Path("net.py").write_text(SWIRL)
    ran = calc(command, SOURCE)
    assert (ran.code, "calc has no op for swirl" in ran.err) == (2, True)
    ran = calc(command, SOURCE, "--opaque")
    assert (ran.code, ran.err.count("Traceback")) == (0, 0), ran.err
    assert "at least" in ran.out + ran.err


def test_of_a_spec_all_that_is_known_is_written(calc) -> None:
    ran = calc("run", "alexnet", "--opaque")
    assert ran.code == 2
    assert "--opaque is about a network that is imported, and alexnet is a spec" in ran.err


def test_a_front_of_a_source(calc) -> None:
    pytest.importorskip("numpy")
    assert calc("pareto", SOURCE, "--bits", "2", "8").code == 0


def test_a_report_says_what_a_source_was_imported_with(calc) -> None:
    assert "imported" not in calc("run", "alexnet").out
    assert any(
        line.split()[:4] == ["imported", "with", "torch", "2.14.0"] for line in calc("run", SOURCE).out.splitlines()
    )
    assert json.loads(calc("run", SOURCE, "--format", "json").out)["versions"] == {"torch": "2.14.0"}


def test_a_claim_may_be_about_a_source(calc) -> None:
    Path("claims").mkdir()
    Path("claims/made.yaml").write_text(f"spec: ../net.py:make_net\nclaims: [{{macs: {MACS}, input: 3x8x8}}]\n")
    assert calc("audit", "claims/made.yaml").code == 0


def test_a_param_of_a_source_is_an_error(calc) -> None:
    ran = calc("run", SOURCE, "--set", "width=2")
    assert ran.code == 2
    assert "net.py:make_net is imported and has no params" in ran.err
    assert "hint: " in ran.err


def test_an_output_does_not_replace_the_code_that_is_read(calc) -> None:
    ran = calc("run", SOURCE, "--output", "net.py", "--force")
    assert ran.code == 2
    assert "is read by this command" in ran.err
    assert Path("net.py").read_text() == NET


def test_a_saved_result_of_a_source_is_compared(calc) -> None:
    assert calc("run", SOURCE, "--format", "json", "--output", "net.json").code == 0
    assert "nothing differs" in calc("diff", "net.json", SOURCE).out


@pytest.mark.parametrize(
    "source", ["x:y:z", ":f", "f:", "net.py", "net.py:1", "gone.py:f", "no_such:f", "x\0:f", "C:\\x.py:f"]
)
def test_what_is_no_source_is_one_message(calc, source: str) -> None:
    ran = calc("run", source)
    assert ran.code == 2
    assert ran.out == ""
    said = ran.err.removeprefix("from the user's code\n")
    assert said.count("\n") == said.count("  hint: ") + 1


def test_a_run_of_a_spec_imports_nothing_of_importing() -> None:
    modules = imported("run", "seed_depthwise_example", "--bits", "8")
    assert "calc.sources.load" in modules
    assert not {each for each in modules if each.startswith("calc.importing")}
    assert not modules & {"calc.sources.importers", "calc.sources.code", "calc.sources.written", "calc.spec.write"}


def test_a_spec_that_is_not_proved_says_so_in_every_report(calc) -> None:
    marked = stand_in.NET_OF_LIBRARY + "unproved: fc has other MACs\n"
    Path("net.yaml").write_text(marked)
    ran = calc("run", "net.yaml")
    assert ran.err.startswith("warning: net.yaml: not proved to be what it was imported from: fc has other MACs\n")
    assert ran.out.splitlines()[1].split() == ["proved", "NO", "fc", "has", "other", "MACs"]
    assert calc("run", "net.yaml", "--strict").code == 2
    assert json.loads(calc("run", "net.yaml", "--format", "json").out)["unproved"] == "fc has other MACs"
    assert "proved" in calc("memory", "net.yaml").out
    assert "unproved: fc has other MACs\n" in calc("write", "net.yaml").out
    Path("child.yaml").write_text("name: Child\nextends: net.yaml\n")
    assert "not proved" in calc("run", "child.yaml").err


def test_what_a_source_was_imported_with_is_no_difference_from_a_spec(calc) -> None:
    Path("net.yaml").write_text(calc("write", SOURCE).out)
    out = calc("diff", SOURCE, "net.yaml").out
    assert "imported with" not in out
    assert "nothing differs" in out
