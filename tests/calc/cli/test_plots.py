"""``--plot`` of the commands: a file by its ending, refused before the work where it cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calc.cli.conftest import SPEC, Ran

Run = Callable[..., Ran]
COMMANDS = (
    ("run", "net.yaml"),
    ("diff", "net.yaml", "net.yaml --set width=8"),
    ("sweep", "net.yaml", "--vary", "width=1,2", "--quantity", "macs"),
)


@pytest.fixture(autouse=True)
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SPEC)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_figure_is_written_beside_the_report(calc: Run, command: tuple[str, ...]) -> None:
    pytest.importorskip("matplotlib")
    plain = calc(*command)
    ran = calc(*command, "--plot", "figure.svg")
    assert (ran.code, ran.out, ran.err) == (0, plain.out, "")
    assert Path("figure.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_another_ending_is_refused_first(calc: Run, command: tuple[str, ...]) -> None:
    ran = calc(*command, "--plot", "figure.bmp")
    assert (ran.code, ran.out) == (2, "")
    assert "--plot figure.bmp: must end in .png, .svg or .pdf" in ran.err


def test_an_unknown_quantity_is_refused_first(calc: Run) -> None:
    pytest.importorskip("matplotlib")
    ran = calc("sweep", "net.yaml", "--quantity", "mcs", "--plot", "figure.svg")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean macs" in ran.err
