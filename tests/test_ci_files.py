"""What other repositories take from this one: the hooks, and the GitHub action."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from calc.cli.commands import BUILT_IN
from tests.calc.gate.networks import NUMBERED, SPEC

ROOT = Path(__file__).parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_there_is(hook: dict[str, Any]) -> None:
    program, command = hook["entry"].split()
    assert program == "calc"
    assert command in BUILT_IN
    assert hook["language"] == "python"


def test_every_input_of_the_action_is_used_and_reaches_no_script_as_text() -> None:
    steps = ACTION["runs"]["steps"]
    written = " ".join(str({key: value for key, value in step.items() if key != "run"}) for step in steps)
    for name in ACTION["inputs"]:
        assert f"inputs.{name}" in written
    assert all("${{" not in step.get("run", "") for step in steps)


def test_the_action_checks_with_its_options_and_runs_none_of_them(tmp_path: Path) -> None:
    (check,) = [step for step in ACTION["runs"]["steps"] if step.get("name") == "Check"]
    program = tmp_path / "calc" / "bin" / "calc"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nfor word in "$@"; do echo "[$word]"; done\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = {"RUNNER_TEMP": str(tmp_path), "LOCK": "a b.json", "ARGS": "--allow macs=+1% $(touch x) ;id"}
    ended = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", check["run"]],
        env=environment | {"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    words = ["check", "--lock", "a b.json", "--format", "github", "--allow", "macs=+1%", "$(touch", "x)", ";id"]
    assert ended.stdout == "".join(f"[{word}]\n" for word in words)
    assert not (tmp_path / "x").exists()


def test_the_check_before_a_change_lands_notices_a_spec_that_is_gone(tmp_path: Path) -> None:
    (line,) = re.findall(r'^"\$bin/calc" check.*$', (ROOT / ".ci/run").read_text(), re.MULTILINE)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.yaml").write_text(SPEC)
    (tmp_path / "specs/b.yaml").write_text(NUMBERED)
    program = tmp_path / "calc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m calc "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = os.environ | {"bin": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def bash(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    assert bash('"$bin/calc" lock specs/*.yaml').returncode == 0
    assert bash(line).returncode == 0
    (tmp_path / "specs/b.yaml").unlink()
    ended = bash(line)
    assert (ended.returncode, "1 missing" in ended.stdout) == (1, True)
