"""A real Dask cluster of processes on this machine, one of whose workers is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from calc.errors import OpError
from calc.spec import load
from calc.sweeps.axes import Axis
from calc.sweeps.chunk import chunk
from calc.sweeps.chunks import Where, chunks, packed_chunk
from calc.sweeps.grid import Grid
from calc.sweeps.job import SweepJob, resolve_policies
from calc.sweeps.saved import SweepFile, stream_rows
from tests.calc.sweeps.test_rows import job_of

distributed: Any = pytest.importorskip("distributed", reason="needs the extra distributed")


@contextmanager
def cluster_of(processes: bool) -> Iterator[Any]:
    """Two workers: processes, which take seconds to load dask, or threads of this one."""
    options = {"distributed.nanny.environ.OMP_NUM_THREADS": 1, "distributed.scheduler.allowed-failures": 5}
    import dask

    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=None
        ) as found,
    ):
        yield found


def _slow_job(widths: int) -> SweepJob:
    grid = Grid(
        (Axis("width", tuple(0.35 + i / 600 for i in range(widths))), Axis("resolution", (96, 128))), ("8", "4")
    )
    return SweepJob("mobilenetv2", None, grid, resolve_policies(grid), None, 1, "same", "csv")


@pytest.mark.parametrize("loses", [False, pytest.param(True, marks=pytest.mark.zoo)])
def test_a_cluster_gives_the_rows_of_this_process_though_it_loses_a_worker(
    loses: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calc.sweeps.chunks.CHUNK", 100 if loses else 20)
    job = _slow_job(120 if loses else 24)
    model = load(job.spec)
    here = SweepFile(tmp_path / "here.csv", job, model, restart=False)
    for _ in here.write(chunks(job, model, 0, Where(1))):
        pass
    there = SweepFile(tmp_path / "there.csv", job, model, restart=False)
    with cluster_of(processes=loses) as cluster:
        victim = _pid_of_a_worker(cluster) if loses else 0
        for number, _ in enumerate(there.write(chunks(job, model, 0, Where(1, cluster.scheduler_address)))):
            if number == 0 and loses:
                os.kill(victim, signal.SIGKILL)
        assert not loses or _gone(victim)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert number > 3


def test_a_worker_runs_a_packed_chunk() -> None:
    import cloudpickle

    job = job_of(("width", (8, 4, 2)))
    packed = cloudpickle.dumps((job, job.model()))
    assert packed_chunk(packed, (1, 3)) == chunk(job, job.model(), 1, 3)


def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(("width", (8, 4)))
    monkeypatch.setattr("calc.sweeps.chunks.CONNECT", "1s")
    for address in ("tcp://127.0.0.1:1", "nonsense"):
        out = StringIO()
        with pytest.raises(OpError, match=r"no scheduler|must be an address"):
            list(stream_rows(job, chunks(job, job.model(), 0, Where(1, address)), out))
        assert out.getvalue() == ""


@pytest.mark.zoo
def test_a_scheduler_that_goes_away_is_said_and_dask_says_nothing(tmp_path: Path, capfd: Any) -> None:
    job = _slow_job(120)
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    file = tmp_path / "scheduler.json"
    with subprocess.Popen([*command, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL) as scheduler:
        for _ in range(600):
            if file.exists() and file.read_text().strip().endswith("}"):
                break
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        threading.Timer(6, scheduler.kill).start()  # no worker comes: the first chunk is waited for
        with pytest.raises(OpError, match="the scheduler went away") as error:
            list(chunks(job, load(job.spec), 0, Where(1, address)))
    assert "what is done is kept" in error.value.hint
    assert capfd.readouterr().err == ""


def _pid_of_a_worker(cluster: Any) -> int:
    pid: int = next(iter(cluster.workers.values())).pid
    return pid


def _gone(pid: int) -> bool:
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
