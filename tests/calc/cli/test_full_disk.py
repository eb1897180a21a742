"""What each command says and leaves where no file may grow: a message, what was there before, and nothing half written.

No file of this process grows beyond a few bytes while the command runs: the same as a full disk to who writes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.calc.cli.conftest import SPEC, Ran

resource = pytest.importorskip("resource", reason="this system does not limit the size of files")
Run = Callable[..., Ran]
COMMANDS = [
    ("run", "net.yaml", "--output", "out"),
    ("lock", "net.yaml", "--lock", "out"),
    ("sweep", "net.yaml", "--bits", "2", "3", "--output", "out"),
    ("compare", "net.yaml", "--bits", "4", "8", "--csv", "out"),
    ("compare", "net.yaml", "--bits", "4", "8", "--plot", "out.svg"),
    ("allocate", "net.yaml", "--budget", "weight_bytes=1K", "--output", "out"),
]


@contextmanager
def a_full_disk() -> Iterator[None]:
    """No file grows beyond 16 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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
    with a_full_disk():
        ran = calc(*command)
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
