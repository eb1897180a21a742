"""Locks that two processes write at once, and those whose writing is interrupted."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calc.cli.test_gate import EDITED, ROOT, net  # noqa: F401  # the fixture
from tests.calc.cli.test_output import heed_interrupts


def start(*arguments: str, folder: Path, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "calc", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, env=environment, preexec_fn=heed_interrupts
    )


def test_a_reader_that_goes_away(net: Path) -> None:  # noqa: F811
    folder = net.parent
    assert start("lock", "net.yaml", folder=folder).wait() == 0
    net.write_text(EDITED)
    read, write = os.pipe()
    os.close(read)
    process = start("check", "--all", folder=folder, stdout=write)
    os.close(write)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (141, b"")


def test_two_processes_that_write_at_once_leave_a_whole_lock(net: Path) -> None:  # noqa: F811
    processes = [start("lock", "net.yaml", "--bits", bits, folder=net.parent) for bits in ("8", "4", "2")]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert json.loads((net.parent / "calc.lock.json").read_text())["bits"] in (["8"], ["4"], ["2"])
    assert start("check", folder=net.parent).wait() == 0
    assert sorted(path.name for path in net.parent.iterdir()) == ["calc.lock.json", "net.yaml"]


WAITING = """
import sys
from calc import cli
from calc.gate import gate
def waiting(*_arguments, **_options):
    print("analysing", flush=True)
    sys.stdin.readline()
gate.analyse = waiting
cli.main()
"""
"""Waits where it has read a spec and would analyse it."""


def test_an_interrupt_leaves_no_half_of_a_lock(net: Path) -> None:  # noqa: F811
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, "lock", "net.yaml"],
        cwd=net.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"analysing\n"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, b"")
    assert b"Traceback" not in errors
    assert [path.name for path in net.parent.iterdir()] == ["net.yaml"]


def test_an_interrupt_while_the_lock_is_written_keeps_the_old_one(
    calc,
    net: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calc("lock", "net.yaml")
    lock = net.parent / "calc.lock.json"
    before = lock.read_bytes()
    net.write_text(EDITED)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    assert calc("lock", "net.yaml").code == 130
    assert lock.read_bytes() == before
    assert sorted(path.name for path in net.parent.iterdir()) == ["calc.lock.json", "net.yaml"]
