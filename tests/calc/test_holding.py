"""One process at a time on a file: the second is told, and nothing stays locked by who is gone."""

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calc.errors import OpError
from calc.holding import held

ROOT = Path(__file__).parents[2]
HOLD = """
import os, sys
from calc.holding import held
with held(sys.argv[1], "wait"):
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds ``path``, and has a child of its own that lives on."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_the_second_is_told_who_holds_it_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    (tmp_path / "link").symlink_to(path)
    with holder(path) as process:
        for name in ("rows.csv", "link"):
            with pytest.raises(OpError) as error, held(tmp_path / name, "name another"):
                pass
            said = (
                rf"{tmp_path / name}: is being written by process {process.pid} since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"
            )
            assert re.fullmatch(said, error.value.fact)
            assert error.value.hint == "name another"
        with held(tmp_path / "other", ""):
            pass
    with held(path, ""):
        pass
    assert [found.name for found in tmp_path.iterdir()] == ["link"]


def test_a_kill_frees_it_at_once(tmp_path: Path) -> None:
    """Even while a process that it started lives on; the lock that is left lying means nothing."""
    with holder(tmp_path / "rows.csv") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (tmp_path / ".rows.csv.lock").exists()
        with held(tmp_path / "rows.csv", ""):
            pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_within_frees_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path / "rows.csv", ""):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_its_holder_removes_meanwhile_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who locks a file that has no name any more holds nothing: the next would make another."""
    lock = tmp_path / ".rows.csv.lock"
    opened = []

    def opening(path: Path, *arguments: int, open_=os.open) -> int:
        opened.append(open_(path, *arguments))
        if len(opened) == 1:
            lock.unlink()
        return opened[-1]

    monkeypatch.setattr(os, "open", opening)
    with held(tmp_path / "rows.csv", ""):
        assert os.path.samestat(os.fstat(opened[-1]), lock.stat())
    assert len(opened) == 2


def test_where_no_lock_can_be_made_beside_it(tmp_path: Path) -> None:
    with pytest.raises(OpError, match="cannot be written: No such file or directory"), held(tmp_path / "no" / "x", ""):
        pass


def test_a_device_is_nobodys() -> None:
    with held(os.devnull, ""), held(os.devnull, ""):
        pass
    assert not Path("/dev/.null.lock").exists()


def test_without_locks_in_the_file_system_the_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_arguments: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "lockf", none)
    with held(tmp_path / "rows.csv", ""):
        pass
    assert list(tmp_path.iterdir()) == []
