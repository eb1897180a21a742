"""Standard streams that are closed, full, or that nobody reads any more."""

import shlex
import subprocess
import sys
from pathlib import Path

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
FULL = [
    pytest.param(command, marks=() if command.startswith(("run", "check", "lock", "--help")) else pytest.mark.zoo)
    for command in COMMANDS
]
"""A full output goes the way of a closed one, on which every command is tried: here the others wait for the zoo."""
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def in_a_shell(command: str, streams: str) -> Ran:
    """``calc command`` with ``streams`` redirected as a shell does; both of its own outputs are read."""
    line = f"{shlex.quote(sys.executable)} -m calc {command} {streams}"
    ended = subprocess.run(
        line, shell=True, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_one_message(command: str) -> None:
    ran = in_a_shell(command, ">&-")
    assert ran == (2, "", "standard output: cannot be written: Bad file descriptor\n")


@needs_full
@pytest.mark.parametrize("command", FULL)
def test_a_full_output_is_one_message(command: str) -> None:
    ran = in_a_shell(command, ">/dev/full")
    assert ran == (2, "", "standard output: cannot be written: No space left on device\n")


def test_a_closed_output_is_no_matter_where_a_file_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    ran = in_a_shell(f"run seed_depthwise_example --format json --output {shlex.quote(str(path))}", ">&-")
    assert ran == (0, "", "")
    assert path.read_text(encoding="utf-8") == in_a_shell("run seed_depthwise_example --format json", "").out


@pytest.mark.parametrize("command", ["run quantized_resnet18 --bits 8", "check specs/alexnet.yaml", "run --help"])
def test_without_messages_the_report_is_the_same(command: str) -> None:
    ran, usual = in_a_shell(command, "2>&-"), in_a_shell(command, "")
    assert ran == (0, usual.out, "")


@pytest.mark.parametrize("command", ["run nope", "nope", "run seed_notebook --bits 99"])
@pytest.mark.parametrize("streams", ["2>&-", pytest.param("2>/dev/full", marks=needs_full), ">&- 2>&-"])
def test_bad_input_is_2_though_nobody_is_told(command: str, streams: str) -> None:
    assert in_a_shell(command, streams) == (2, "", "")


def test_a_closed_input_is_one_message() -> None:
    assert in_a_shell("run -", "<&-") == (2, "", "-: cannot be read: Bad file descriptor\n")
