"""A sweep that others meet in the middle: a second one, a kill, an interrupt."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GRID = ["sweep", "small.yaml", "--vary", "width=1..1200", "--output", "rows.csv"]
SPEC = """\
name: small
params: {width: 4}
input: [3, 8, 8]
layers:
  - conv2d: {out_channels: width, kernel_size: 3}
"""
PAUSED = """
import multiprocessing, sys
from calc import cli, writing
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop(1))
    append, written = writing.append, []
    def pausing(*arguments):
        written.append(arguments)
        if len(written) == 2:
            print("paused", flush=True)
            sys.stdin.readline()
        append(*arguments)
    writing.append = pausing
    cli.main()
"""
"""A sweep that stops when it has written one chunk and has the next, until it is given a line."""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SPEC)
    (tmp_path / "paused.py").write_text(PAUSED)
    return tmp_path


def _calc(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "calc", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@contextmanager
def _paused(folder: Path, jobs: int, method: str = "fork") -> "Iterator[subprocess.Popen[str]]":
    """The sweep, when its first chunk is written; in a session of its own, as a terminal would start it."""
    with subprocess.Popen(
        [sys.executable, "paused.py", method, *GRID, "--jobs", str(jobs)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_interrupts,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "paused\n"
        yield process


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_second_on_one_file_is_told_and_the_first_ends_as_if_alone(here: Path) -> None:
    with _paused(here, 1) as process:
        second = _calc(here, *GRID)
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr.startswith(f"rows.csv: is being written by process {process.pid} since 20")
        process.communicate("go on\n")
    assert process.returncode == 0
    assert len((here / "rows.csv").read_text().splitlines()) == 1 + 1200
    assert sorted(path.name for path in here.iterdir()) == ["paused.py", "rows.csv", "small.yaml"]


@pytest.mark.parametrize(
    "method", ["fork", *[pytest.param(each, marks=pytest.mark.zoo) for each in ("spawn", "forkserver")]]
)
def test_after_a_kill_no_process_stays(here: Path, method: str) -> None:
    with _paused(here, 2, method) as process:
        process.send_signal(signal.SIGKILL)
        # every process of the sweep has this pipe: it ends when the last of them has
        process.communicate(timeout=60)
    assert len((here / "rows.csv.part").read_text().splitlines()) == 1 + 500


def test_after_a_kill_the_same_command_goes_on(here: Path) -> None:
    with _paused(here, 1) as process:
        process.send_signal(signal.SIGKILL)
    again = _calc(here, *GRID)
    assert (again.returncode, again.stderr) == (0, f"{here}/rows.csv.part: going on after 500 of 1,200 rows\n")
    assert len((here / "rows.csv").read_text().splitlines()) == 1 + 1200
    assert sorted(path.name for path in here.iterdir()) == ["paused.py", "rows.csv", "small.yaml"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_says_what_is_kept_and_how_to_go_on(here: Path, jobs: int) -> None:
    with _paused(here, jobs) as process:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: every process of it hears
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == (
        f"interrupted: 500 of 1,200 rows are kept in {here}/rows.csv.part; the same command goes on after them\n"
    )
