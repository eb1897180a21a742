"""The group of commands: help, version, completion, commands of others, what is imported when."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
import typer

from calc.cli import commands
from calc.ops import WORDS

IMPORTED = """
import sys
from calc.cli import main
sys.argv = {arguments!r}
try:
    main()
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    code = IMPORTED.format(arguments=["calc", *arguments])
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ended.stderr.split())


def imported_by_typer() -> set[str]:
    """What typer imports by itself: older versions import rich."""
    code = "import sys, typer; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_help_shows_examples_and_every_command(calc) -> None:
    ran = calc("--help")
    assert ran.code == 0
    assert "calc run mobilenetv2 --bits adaptive" in ran.out
    assert all(f"\n  {name} " in ran.out for name in commands.BUILT_IN)
    assert "\x1b" not in ran.out


def test_the_list_of_commands_cuts_no_line_at_80_columns(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = calc("--help").out.partition("\nCommands:\n")[2].splitlines()
    assert len(listed) >= len(commands.BUILT_IN)
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("name", commands.BUILT_IN)
def test_every_command_has_help_with_examples(calc, name: str) -> None:
    ran = calc(name, "-h")
    assert ran.code == 0
    assert "Examples:" in ran.out
    assert "\x1b" not in ran.out


def test_help_has_no_colour_in_ci(process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in process("run", "--help").out
    assert "\x1b" not in process("run", "seed_depthwise_example").out


def test_version(calc) -> None:
    ran = calc("--version")
    assert ran.code == 0
    assert ran.out.startswith("calc")


def test_an_unknown_command(calc) -> None:
    ran = calc("swep")
    assert (ran.code, ran.err) == (2, "no such command 'swep'\n  hint: did you mean sweep?\n")
    assert calc("rnu7").err.endswith("hint: calc --help lists the commands\n")


def test_a_network_in_place_of_a_command(calc) -> None:
    assert calc("mobilenetv2").err == "no such command 'mobilenetv2'\n  hint: calc run mobilenetv2\n"
    hint = "did you mean mobilenetv2 or mobilenetv1 or mobilenetv2_tf? To count a network: calc run NAME"
    assert calc("mobilnetv2").err == f"no such command 'mobilnetv2'\n  hint: {hint}\n"


def test_a_network_that_is_misspelt(calc) -> None:
    ran = calc("run", "mobilnetv2")
    assert (ran.code, ran.out) == (2, "")
    assert "hint: did you mean mobilenetv2" in ran.err


def test_no_command_is_a_question_for_help(calc) -> None:
    ran = calc()
    assert "Usage: calc" in ran.out + ran.err


@pytest.mark.parametrize("shell", ["bash", *[pytest.param(each, marks=pytest.mark.zoo) for each in ("zsh", "fish")]])
def test_completion(process, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("_CALC_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", "calc run mobilenetv2 --format ")
    monkeypatch.setenv("COMP_CWORD", "4")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "calc run mobilenetv2 --format ")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    ran = process()
    assert "markdown" in ran.out
    assert ran.err == ""


def test_a_piped_run_imports_neither_rich_nor_the_other_commands_nor_entry_points() -> None:
    modules = imported("run", "seed_depthwise_example", "--bits", "8") - imported_by_typer()
    assert "calc.cli.run" in modules
    assert not modules & {"rich", "rich.console", "calc.cli.specs", "calc.cli.ops", "calc.report.json_text"}
    assert "calc.formats.names" not in modules  # what reads the files of the families
    assert not modules & {"importlib.metadata", "pydantic", "json", "csv", "torch", "numpy", "tempfile"}


def test_the_check_of_imports_sees_an_import() -> None:
    words = ("run", "seed_depthwise_example", "--bits", "int8", "--format", "json")
    assert {"json", "calc.report.json_text", "calc.formats.names"} <= imported(*words)


def test_importing_the_package_imports_next_to_none_of_it() -> None:
    code = "import sys; before = set(sys.modules); import calc; print(*set(sys.modules) - before)"
    ended = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert {name for name in ended.stdout.split() if name.startswith("calc")} == {"calc", "calc.notebook"}
    assert not {"typing", "pydantic_core", "yaml", "re"} & set(ended.stdout.split())


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch):
    """Registers ``points`` (name → module) as if other distributions had."""

    def register(**points: str) -> None:
        found = {name: EntryPoint(name, value, commands.ENTRY_POINTS) for name, value in points.items()}
        monkeypatch.setattr(commands, "_registered", lambda: found)

    return register


def test_a_command_of_another_distribution(calc, registered, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("other_distribution")

    def count_to(number: int) -> None:
        """Count up."""
        typer.echo(list(range(number)))

    module.count_to = count_to  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "other_distribution", module)
    registered(**{"count-to": "other_distribution"})
    assert "count-to Count up." in " ".join(calc("--help").out.split())
    assert calc("count-to", "3").out == "[0, 1, 2]\n"
    assert calc("count-to", "three").code == 2


def test_a_group_of_another_distribution(calc, registered, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("other_distribution")
    module.app = typer.Typer()  # type: ignore[attr-defined]  # a module made here
    module.app.command("a")(lambda: typer.echo("in a"))
    module.app.command("b")(lambda: typer.echo("in b"))
    monkeypatch.setitem(sys.modules, "other_distribution", module)
    registered(letters="other_distribution")
    assert calc("letters", "b").out == "in b\n"


def test_a_command_that_cannot_be_imported_says_why(calc, registered) -> None:
    registered(broken="no_such_module_anywhere")
    assert "broken" in calc("--help").out
    ran = calc("broken")
    assert ran.code == 2
    assert "No module named 'no_such_module_anywhere'" in ran.err
    assert "pip install" in ran.err


def test_nobody_replaces_a_command_of_ours(calc, registered) -> None:
    registered(ops="no_such_module_anywhere")
    assert calc("ops", "conv2d").code == 0
    assert calc("--help").out.count("\n  ops ") == 1


def test_ops_lists_every_op(calc) -> None:
    ran = calc("ops")
    assert [line.partition(":")[0] for line in ran.out.split("\n")[:-1:2]] == list(WORDS)
    assert "conv2d: out_channels, kernel_size, stride=1" in ran.out
    assert "out_channels · in_channels/groups" in ran.out
    assert "no MACs: comparisons only" in ran.out
