"""``calc init``: what it writes is taken by the commands that it names, and nothing is replaced unasked."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from calc.cli.init import FILES, NEXT
from tests.calc.cli.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_that_it_names_pass(calc: Run) -> None:
    assert calc("init").out.endswith(NEXT)
    lines = [line.partition("   ")[0] for line in NEXT.splitlines()[1:] for line in [line.strip()]]
    assert [line.split()[1] for line in lines] == ["run", "lock", "check"]
    for line in lines:
        ran = calc(*shlex.split(line)[1:])
        assert (ran.code, ran.err) == (0, ""), line
    assert "2 budgets kept" in ran.out
    assert calc("validate", "net.yaml", "--strict").code == 0


def test_the_workflow_checks_the_lock_that_is_named_in_it(calc: Run) -> None:
    calc("init")
    text = Path(".github/workflows/calc.yml").read_text()
    (job,) = yaml.safe_load(text)["jobs"].values()
    assert job["steps"][-1] == {"run": "calc check --format github"}
    assert "#   calc lock net.yaml --bits 8 policy.yaml\n" in text


def test_a_moved_number_fails_the_check(calc: Run) -> None:
    calc("init")
    calc("lock", "net.yaml", "--bits", "8")
    spec = Path("net.yaml")
    spec.write_text(spec.read_text().replace("width: 16", "width: 18"))
    ran = calc("check")
    assert ran.code == 1
    assert "net.yaml: params is" in ran.out  # its own budget, of 100K


def test_what_is_there_stays(calc: Run, home: Path) -> None:
    for name in FILES:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
    Path("policy.yaml").write_text("default: 8\n")
    ran = calc("init")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("policy.yaml: exists, so nothing is written\n")
    assert not Path("net.yaml").exists()
    assert calc("init", "--force").code == 0
    assert Path("policy.yaml").read_text() != "default: 8\n"


def test_another_folder(calc: Run, home: Path) -> None:
    ran = calc("init", "new/networks")
    assert "cd new/networks\n" in ran.out
    assert all((home / "new/networks" / name).is_file() for name in FILES)


def test_a_folder_that_cannot_be(calc: Run) -> None:
    Path("file").write_text("")
    ran = calc("init", "file")
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
