"""Running the command line in this process and in one of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from calc.cli import main
from calc.spec.shelf import packaged

SPEC = """\
name: Small
input: [3, 8, 8]
params: {width: 4}
layers:
  stem:
    - conv2d: {out_channels: width, kernel_size: 3, bias: false}
    - relu6
  flatten: flatten
  head: {linear: 10}
"""


class Ran(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def spec(tmp_path: Path) -> str:
    """The path of a small spec."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.fixture
def calc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """``calc(*arguments)`` in this process."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["calc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def few_specs(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Their names: ``calc specs`` then knows no others, where all would take seconds."""
    names = ("alexnet", "deeplabv3_mobilenet_v3_large", "mobilenetv2")
    few = {name: packaged()[name] for name in names}
    monkeypatch.setattr("calc.cli.specs.packaged", lambda: few)
    return names


@pytest.fixture
def process() -> Callable[..., Ran]:
    """``process(*arguments)``: ``python -m calc`` in a process of its own."""

    def run(*arguments: str, stdin: str = "") -> Ran:
        ended = subprocess.run(
            [sys.executable, "-m", "calc", *arguments], input=stdin, capture_output=True, text=True, check=False
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    return run
