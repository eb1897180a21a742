"""Where reports go, and how a process ends."""

import errno
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from calc.cli.output import emit
from calc.errors import OpError

ROOT = Path(__file__).parents[3]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "report"
    emit("one\n", target)
    emit("two\n", target)
    assert target.read_bytes() == b"two\n"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OpError, match="cannot be written: No space left on device; what it held before is still there"):
        emit("new", target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "report", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    emit("new", link)
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    emit("gone", Path(os.devnull))
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_dash_and_its_device_are_standard_output(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "calc", "run", "resnet18", "--format", "csv"]
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    plain, named = run(command), run([*command, "--output", name])
    assert (named.returncode, named.stderr, named.stdout) == (0, b"", plain.stdout)
    assert plain.stdout.startswith(b"name,op")
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_the_usual_permissions(tmp_path: Path) -> None:
    emit("x", tmp_path / "report")
    (tmp_path / "other").write_text("x")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_reader_that_goes_away_hears_no_complaint() -> None:
    command = [sys.executable, "-m", "calc", "run", "resnet152", "--all", "--format", "json"]
    # unbuffered, a write that the reader cuts short counts as done
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 128 + signal.SIGPIPE


def test_an_interrupt_ends_with_130_and_no_traceback(tmp_path: Path) -> None:
    pipe = tmp_path / "endless.yaml"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "calc", "run", str(pipe)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=heed_interrupts) as running:
        assert running.stderr is not None
        writer = _open_when_read(pipe, running)
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == b""
    os.close(writer)
    assert running.returncode == 130


def heed_interrupts() -> None:
    """What a shell starts in the background ignores interrupts, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _open_when_read(pipe: Path, running: "subprocess.Popen[bytes]") -> int:
    """The writing end of ``pipe``, once the process has opened the other: it has begun, and waits for text."""
    while running.poll() is None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    raise AssertionError(f"the process ended by itself with {running.returncode}")


def test_an_ascii_terminal_gets_escapes_and_no_crash() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "calc", "run", "seed_depthwise_example"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert b"64\\xd732\\xd732" in ended.stdout
    assert ended.stderr == b""
