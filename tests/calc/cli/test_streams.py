"""Standard streams that are closed, full, or that nobody reads any more."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.calc.cli.conftest import Ran

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "run seed_depthwise_example",
    "compare seed_depthwise_example --bits 2 4",
    "conventions seed_depthwise_example",
    "explain seed_depthwise_example 589824",
    "audit specs/claims/seed_notebook.yaml",
    "lock seed_notebook --lock /dev/null",
    "check specs/seed_depthwise_example.yaml",
    "check specs/seed_depthwise_example.yaml --format json",
    "diff seed_depthwise_example seed_notebook",
    "budgets seed_depthwise_example --max macs=1",
    "sweep seed_depthwise_example --bits 2 4",
    "validate seed_depthwise_example",
    "specs",
    "formats",
    "ops",
    "schema",
    "--help",
    "run --help",
    "--version",
)
FULL_TOO = [
    pytest.param(command, marks=() if command.startswith(("run", "lock", "--help")) else pytest.mark.zoo)
    for command in COMMANDS
]
"""A full output goes the way of a closed one, on which every command is tried: here the others wait for the zoo."""
IN_A_SHELL = [
    pytest.param(command, marks=() if command in ("run seed_depthwise_example", "--help") else pytest.mark.zoo)
    for command in COMMANDS
]
"""Each in a process of its own, which the default run does with two: all are tried in this one."""
CLOSED = "standard output: cannot be written: Bad file descriptor\n"
FULL = "standard output: cannot be written: No space left on device\n"
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def in_a_shell(command: str, streams: str) -> Ran:
    """``calc command`` with ``streams`` redirected as a shell does; both of its own outputs are read."""
    line = f"{shlex.quote(sys.executable)} -m calc {command} {streams}"
    ended = subprocess.run(
        line, shell=True, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def written_to(calc: Callable[..., Ran], stream: IO[str] | None, command: str, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """``calc command`` in this process, which prints to ``stream``; None is what Python puts for a closed one."""
    monkeypatch.chdir(ROOT)
    with monkeypatch.context() as output:
        output.setattr(sys, "stdout", stream)
        ran = calc(*command.split())
        sys.stdout.close()  # as at the end of a process: nothing may be left to be written
    return ran


@pytest.mark.usefixtures("few_specs")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_one_message(calc, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    assert written_to(calc, None, command, monkeypatch) == (2, "", CLOSED)


@needs_full
@pytest.mark.usefixtures("few_specs")
@pytest.mark.parametrize("command", FULL_TOO)
def test_a_full_output_is_one_message(calc, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert written_to(calc, full, command, monkeypatch) == (2, "", FULL)


@pytest.mark.parametrize("command", IN_A_SHELL)
def test_a_closed_output_of_a_process_is_one_message(command: str) -> None:
    assert in_a_shell(command, ">&-") == (2, "", CLOSED)


@needs_full
@pytest.mark.parametrize("command", IN_A_SHELL)
def test_a_full_output_of_a_process_is_one_message(command: str) -> None:
    assert in_a_shell(command, ">/dev/full") == (2, "", FULL)


def test_a_closed_output_is_no_matter_where_a_file_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    ran = in_a_shell(f"run seed_depthwise_example --format json --output {shlex.quote(str(path))}", ">&-")
    assert ran == (0, "", "")
    assert path.read_text(encoding="utf-8") == in_a_shell("run seed_depthwise_example --format json", "").out


@pytest.mark.parametrize("command", ["run quantized_resnet18 --bits 8", "run --help"])
def test_without_messages_the_report_is_the_same(calc, command: str) -> None:
    assert in_a_shell(command, "2>&-") == (0, calc(*command.split()).out, "")


@pytest.mark.parametrize(
    ("command", "streams"),
    [
        ("run nope", "2>&-"),
        ("run seed_notebook --bits 99", ">&- 2>&-"),
        pytest.param("nope", "2>/dev/full", marks=needs_full),  # which typer says
        pytest.param("run nope", "2>/dev/full", marks=needs_full),
    ],
)
def test_bad_input_is_2_though_nobody_is_told(command: str, streams: str) -> None:
    assert in_a_shell(command, streams) == (2, "", "")


def test_a_closed_input_is_one_message() -> None:
    assert in_a_shell("run -", "<&-") == (2, "", "-: cannot be read: Bad file descriptor\n")
