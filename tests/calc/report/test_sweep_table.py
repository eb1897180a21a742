"""A sweep in a terminal: totals as counts under their names in words, whichever are asked for."""

import json

from calc.api.sweep import sweep_job
from calc.report.sweep_table import SweepTable
from calc.spec import load
from calc.sweeps.chunk import chunk


def test_totals_that_a_sweep_tells_only_when_asked_are_counts_too() -> None:
    of = ["macs", "buffers", "elementwise.relu6"]
    job, model = sweep_job("mobilenetv2", load("mobilenetv2"), ["width=0.5,1.0"], ["8"], {}, of=of)
    lines = chunk(job, model, 0, 2).lines
    head, _, *rows = SweepTable(100, ["width"], job.told).part(lines).splitlines()
    assert head.split("  ")[-1] == "elementwise relu6"
    for line, row in zip(lines, rows, strict=True):
        exact = json.loads(line)
        assert row.split()[-2:] == [f"{exact['elementwise_relu6'] / 10**6:.2f}", "M"]
        assert f"{exact['buffers'] / 1000:.1f} K" in row
