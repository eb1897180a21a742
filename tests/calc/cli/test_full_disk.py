"""What each command says and leaves where no file may grow: a message, what was there before, and nothing half written.

Each runs in a process of its own, in which no file grows beyond a few bytes: the same as a full disk to who writes.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calc.cli.conftest import SPEC, Ran

pytest.importorskip("resource", reason="this system does not limit the size of files")
Run = Callable[..., Ran]
LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (16, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
from calc.cli import main
sys.argv = ["calc", *sys.argv[1:]]
main()
"""
COMMANDS = [
    ("run", "net.yaml", "--output", "out"),
    ("lock", "net.yaml", "--lock", "out"),
    ("sweep", "net.yaml", "--bits", "2", "3", "--output", "out"),
    ("compare", "net.yaml", "--bits", "4", "8", "--csv", "out"),
    ("compare", "net.yaml", "--bits", "4", "8", "--plot", "out.svg"),
    ("allocate", "net.yaml", "--budget", "weight_bytes=1K", "--output", "out"),
]


def on_a_full_disk(*arguments: str) -> Ran:
    """``calc`` with ``arguments`` where no file grows beyond 16 bytes."""
    ended = subprocess.run([sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, check=False)
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_said_and_what_was_there_stays(
    calc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    if "--plot" in command:
        pytest.importorskip("matplotlib", reason="needs the extra plot")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    assert calc(*command).code == 0  # where there is room, it is written
    (tmp_path / "net.yaml").write_text(SPEC.replace("kernel_size: 3", "kernel_size: 5"))  # a lock as it was is not
    before = _contents(tmp_path)
    assert len(before) > 1
    ran = on_a_full_disk(*command)
    said = ran.err.splitlines()
    assert (ran.code, len(said)) == (2, 1)
    assert "out" in said[0]
    assert ": cannot be written: " in said[0]
    after = _contents(tmp_path)
    parts = {name: after.pop(name) for name in list(after) if name.startswith("out.part")}
    assert after == before
    # a sweep keeps its note, by which it goes on; no row of it is cut
    assert bool(parts) <= (command[0] == "sweep")
    assert all(text == b"" or text.endswith(b"\n") for text in parts.values())
