"""What other repositories take from this one: the hooks, and the GitHub action."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from shutil import which
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


STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
LAYOUTS = ("bin", "Scripts")
"""Where a virtual environment has its programs: on Windows it is the second."""
ECHO = '#!/bin/sh\nfor word in "$@"; do printf "[%s]\\n" "$word"; done\n'


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def step(name: str, there: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The step's shell run as GitHub runs it, in ``there`` and with ``there/temp`` for the runner's files."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEPS[name]["run"]],
        env={"RUNNER_TEMP": str(there / "temp"), "PATH": os.environ["PATH"]} | variables,
        cwd=there,
        capture_output=True,
        text=True,
        check=False,
    )


def check(there: Path, args: str, layout: str = "bin", calc: str = ECHO) -> subprocess.CompletedProcess[str]:
    script(there / "temp/calc" / layout / "calc", calc)
    script(there / "temp/calc" / layout / "python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    return step("Check", there, LOCK="a b.json", ARGS=args)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "args, words",
    [
        ("", []),
        ("\n  \n", []),
        ("--allow macs=+1% $(touch x) ;id", ["--allow", "macs=+1%", "$(touch", "x)", ";id"]),
        ("--allow all=+1%\n--max weight_bytes@8=4Mi\n", ["--allow", "all=+1%", "--max", "weight_bytes@8=4Mi"]),
        ("--allow all=+1%\r\n\t--max a=1", ["--allow", "all=+1%", "--max", "a=1"]),
        ("--max \\\n a=1", ["--max", "a=1"]),
        ("\"two words\" 'and \"three\" more' x'y z'", ["two words", 'and "three" more', "xy z"]),
        ("'' --max", ["", "--max"]),
        (
            "specs\\net.yaml *.yaml ~ $HOME # no comment",
            ["specs\\net.yaml", "*.yaml", "~", "$HOME", *["#", "no", "comment"]],
        ),
        ("größe=1 \u200b", ["größe=1", "\u200b"]),
    ],
)
def test_the_action_checks_with_its_options_and_runs_none_of_them(
    tmp_path: Path, args: str, words: list[str], layout: str
) -> None:
    ended = check(tmp_path, args, layout)
    expected = ["check", "--lock", "a b.json", "--format", "github", *words]
    assert (ended.stdout, ended.stderr) == ("".join(f"[{word}]\n" for word in expected), "")
    assert not (tmp_path / "x").exists()


def test_a_quote_that_is_not_closed_fails_the_action_and_says_so(tmp_path: Path) -> None:
    ended = check(tmp_path, "--max 'a=1")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "::error title=calc check::args: No closing quotation\n"


def test_nothing_in_the_repository_takes_part_in_reading_the_options(tmp_path: Path) -> None:
    (tmp_path / "shlex.py").write_text("raise SystemExit('run')\n")
    assert check(tmp_path, "--max a=1").returncode == 0


@pytest.mark.parametrize("second, code", [("--max weight_bytes@8=4Mi", 0), ("--max weight_bytes@8=4", 1)])
def test_a_budget_on_the_second_line_counts(tmp_path: Path, second: str, code: int) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    calc = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m calc "$@"\n'
    script(tmp_path / "calc", calc)
    subprocess.run([tmp_path / "calc", "lock", "net.yaml", "--lock", "a b.json"], cwd=tmp_path, check=True)
    ended = check(tmp_path, f"--allow all=+1%\n{second}\n", calc=calc)
    assert (ended.returncode, ended.stderr) == (code, "")


@pytest.mark.parametrize("name", ["python", "python3"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "given, installed",
    [
        ({}, "the action"),
        ({"PACKAGE": "macbits==0.1.0"}, "macbits==0.1.0"),
        (
            {"EXTRAS": "verify,onnx", "REQUIREMENTS": "a b.txt"},
            "the action[verify,onnx] --requirement a b.txt",
        ),
    ],
)
def test_the_action_installs_into_an_environment_of_its_own(
    tmp_path: Path, layout: str, name: str, given: dict[str, str], installed: str
) -> None:
    made = f'mkdir -p "$3/{layout}"; cp "$0" "$3/{layout}/python"; chmod +x "$3/{layout}/python"'
    script(tmp_path / "path" / name, f'#!/bin/sh\necho "$*" >> calls\n[ "$2" = venv ] && {{ {made}; }}\nexit 0\n')
    for program in ("sh", "cp", "mkdir", "chmod", "dirname"):
        (tmp_path / "path" / program).symlink_to(which(program) or "")
    ended = subprocess.run(
        [which("bash") or "", "-e", "-o", "pipefail", "-c", STEPS["Install"]["run"]],
        env={"RUNNER_TEMP": "temp", "PATH": str(tmp_path / "path"), "ACTION": "the action"} | given,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "calls").read_text() == f"-m venv temp/calc\n-m pip install --quiet {installed}\n"


def test_the_check_before_a_change_lands_notices_a_spec_that_is_gone(tmp_path: Path) -> None:
    (line,) = re.findall(r'^"\$bin/calc" check.*$', (ROOT / ".ci/run").read_text(), re.MULTILINE)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.yaml").write_text(SPEC)
    (tmp_path / "specs/b.yaml").write_text(NUMBERED)
    script(tmp_path / "calc", f'#!/bin/sh\nexec "{sys.executable}" -m calc "$@"\n')
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


@pytest.mark.parametrize("last, code", [("true", 0), ("false", 1)])
def test_the_check_before_a_change_lands_ends_with_the_seconds_of_each_step(
    tmp_path: Path, last: str, code: int
) -> None:
    head, steps, _ = re.split(r"^(?=steps=|mapfile)", (ROOT / ".ci/run").read_text(), maxsplit=2, flags=re.MULTILINE)
    assert "trap 'table; " in head
    program = f"set -euo pipefail; trap table EXIT\n{steps}\nstep one; SECONDS=20; step 'and two'; SECONDS=23; {last}"
    ended = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    table = ["seconds  step", "     20  one", "      3  and two", "     23  in all"]
    assert (ended.returncode, ended.stdout.splitlines()[-4:], ended.stderr) == (code, table, "")
