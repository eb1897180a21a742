"""Every command that takes a spec takes a source."""

import json
from pathlib import Path

import pytest

from calc.cli.commands import BUILT_IN, Commands
from tests.calc.cli.test_commands import imported
from tests.calc.sources import stand_in
from tests.calc.sources.stand_in import MACS, NET, SWIRL

pytestmark = pytest.mark.usefixtures("folder", "imports")

SOURCE = "net.py:make_net"


SIZED = "net.py:sized"
INPUT = ("--input", "3x8x8")

TAKES = {
    "run": (SIZED, "--bits", "8"),
    "memory": (SIZED,),
    "conventions": (SIZED,),
    "compare": (SIZED, "--bits", "8", "4"),
    "explain": (SIZED, str(MACS)),
    "lock": (SIZED,),
    "diff": (SIZED, SIZED),
    "budgets": (SIZED, "--max", f"macs={MACS}"),
    "allocate": (SIZED, "--budget", "bitops.weight=adaptive", "--bits", "2", "8", "--solver", "dynamic"),
    "pareto": (SIZED, "--bits", "2", "8"),
    "sweep": (SIZED, "--bits", "2..8", "--jobs", "1"),
    "formula": (SIZED, "--in", "batch"),
    "page": (SIZED, "--bits", "8"),
    "validate": (SIZED,),
    "write": (SIZED,),
    "import": (SIZED,),
    "weights": ("net.safetensors", "--against", SIZED),
}
"""What a command is given for a source whose sizes have to be said."""
OTHERWISE = {
    "check": "the lock names sources, with their sizes",
    "audit": "a claim names a source, with its sizes",
    "serve": "a source becomes a text before it is served, with its sizes: tests/calc/editor",
    "fit": "a source has no context that grows, and is refused; but for a config",
}
WITHOUT = ("init", "list", "specs", "formats", "ops", "schema")
"""Commands that are about no network of a user's."""


def test_every_command_is_here() -> None:
    assert sorted([*TAKES, *OTHERWISE, *WITHOUT]) == sorted(BUILT_IN)


@pytest.mark.parametrize("command", TAKES)
def test_a_command_takes_a_source_and_asks_for_its_sizes_by_an_option_that_it_has(calc, command: str) -> None:
    if command == "pareto":
        pytest.importorskip("numpy")
    header = b'{"head.weight": {"dtype": "F32", "shape": [0, 2], "data_offsets": [0, 0]}}'
    Path("net.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    options = {option for each in Commands().get_command(None, command).params for option in each.opts}
    ran = calc(command, *TAKES[command])
    said = ran.err + ran.out  # where a report says what it could not read
    assert ran.code == 2
    assert "net.py:sized needs the sizes of its input x" in said
    assert "hint: --input 3x224x224, without the batch" in said
    assert "--input" in options
    assert "--opaque" in options
    ran = calc(command, *TAKES[command], *INPUT)
    assert ran.code == (1 if command == "weights" else 0), ran.err  # which says that the file does not fit
    assert "from the user's code" not in ran.out
    assert ran.out


def test_what_has_no_option_for_sizes_says_what_has(calc) -> None:
    assert calc("lock", SOURCE).code == 0
    lock = Path("calc.lock.json")
    lock.write_text(lock.read_text().replace(SOURCE, SIZED))
    assert "hint: calc lock net.py:sized --add --input 3x224x224" in calc("check").out
    Path("made.yaml").write_text(f"spec: {SIZED}\nclaims: [{{macs: {MACS}}}]\n")
    assert "hint: input: 3x224x224" in calc("audit", "made.yaml").err
    ran = calc("fit", SIZED, "--memory", "1GiB")
    assert ran.code == 2
    assert "hint: the model's config.json" in ran.err


def test_options_are_given_once_to_each_of_two_networks(calc) -> None:
    assert calc("run", SIZED, *INPUT, "--format", "json", "--output", "net.json").code == 0
    assert "nothing differs" in calc("diff", "net.json", SIZED, *INPUT).out
    ran = calc("diff", "net.json", "net.json", *INPUT)
    assert (ran.code, "both sides are saved results" in ran.err) == (2, True)
    assert "nothing differs" in calc("diff", f"{SIZED} --input 3x8x8", f"{SIZED} --input 3x8x8").out
    ran = calc("diff", f"{SIZED} --input 3x8x8", SIZED, *INPUT)
    assert (ran.code, "has options of its own" in ran.err) == (2, True)
    Path("spec.yaml").write_text(stand_in.NET_OF_LIBRARY)
    assert calc("diff", SOURCE, "spec.yaml", "--opaque").code == 0


def test_a_source_at_several_sizes_is_said_to_be_imported_at_one(calc) -> None:
    swept = calc("sweep", SOURCE, "--vary", "input=3x8x8,3x9x9", "--jobs", "1")
    formula = calc("formula", SIZED, "--in", "H=8..12", "--input", "3xHxH", "--check", "3")
    for ran in (swept, formula):
        assert ran.code == 0, ran.err
        assert ran.err.count("its code ran at one size") == 1
    assert "10 ≤ H ≤ 12" not in formula.out
    assert "its code ran" not in calc("sweep", SOURCE, "--bits", "2..4", "--jobs", "1").err


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
    assert "--opaque applies only to imported networks, and alexnet is a spec" in ran.err


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
    assert ran.err.startswith("warning: net.yaml: not proved to equal its source: fc has other MACs\n")
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
