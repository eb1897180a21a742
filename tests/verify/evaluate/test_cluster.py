"""calc evaluate on a Dask cluster gives the results of one process, also if a worker is lost."""

import json
import os
import signal
import sys

import pytest

torch = pytest.importorskip("torch")
distributed = pytest.importorskip("distributed", reason="needs the extra distributed")

from calc.analysis import analyse  # noqa: E402  # after the modules that may be missing
from calc.cli import main  # noqa: E402
from tests.verify.small import SPEC, model, save_images, save_weights  # noqa: E402

pytestmark = pytest.mark.torch
BITS = ("fp32", "8", "w8a8", "4", "w4a8", "2")


def evaluated(monkeypatch, capsys, *options):
    given = ("small.yaml", "--weights", "net.pt", "--data", "images", "--bits", *BITS, "--format", "json")
    monkeypatch.setattr(sys, "argv", ["calc", "evaluate", *given, *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    return json.loads(capsys.readouterr().out)["configurations"]


@pytest.mark.parametrize("loses", [False, pytest.param(True, marks=pytest.mark.zoo)])
def test_a_cluster_that_loses_a_worker_measures_what_one_process_does(tmp_path, monkeypatch, capsys, loses):
    """Or that loses none, whose workers are threads of this process: each other one loads torch for seconds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SPEC)
    save_images(tmp_path / "images")
    save_weights(tmp_path / "net.pt", analyse(model()).graph)
    here = evaluated(monkeypatch, capsys, "--results", "here.jsonl")
    from verify.evaluate import Results

    keep = Results.keep
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": loses, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        victims = [next(iter(cluster.workers.values())).pid] if loses else []

        def keep_and_kill(self, key, measured):
            if victims:
                os.kill(victims.pop(), signal.SIGKILL)
            keep(self, key, measured)

        monkeypatch.setattr(Results, "keep", keep_and_kill)
        there = evaluated(monkeypatch, capsys, "--results", "there.jsonl", "--scheduler", cluster.scheduler_address)
    assert there == here
    assert [row["bits"] for row in there] == list(BITS)
    kept = [json.loads(line)["bits"] for line in (tmp_path / "there.jsonl").read_text().splitlines()]
    assert kept == list(BITS)
