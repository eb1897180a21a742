"""One entry among the BitOps conventions is all that every output needs to show it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.bitops import CONVENTIONS, BitOpsConvention
from calc.spec import load
from tests.calc.cli.conftest import Ran

Calc = Callable[..., Ran]
NETWORK = """\
name: Small
input: [3, 8, 8]
layers:
  stem: {conv2d: {out_channels: 4, kernel_size: 3}}
  head: {conv2d: {out_channels: 2, kernel_size: 1}}
"""
MACS = (3 * 4 * 3 * 3 * 6 * 6, 4 * 2 * 6 * 6)
ADDERS = BitOpsConvention(
    "adders", "MACs × (w·a + w + a)", "the sibling of uniq without log2 fan_in", lambda w, a: w * a + w + a
)


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small network, where BitOps have a fourth convention by one entry."""
    monkeypatch.setitem(CONVENTIONS, "adders", ADDERS)
    path = tmp_path / "small.yaml"
    path.write_text(NETWORK)
    return str(path)


def expected(w: int, a: int) -> int:
    return sum(MACS) * (w * a + w + a)


def test_one_entry_is_enough_for_every_output(spec: str, calc: Calc) -> None:
    assert analyse(load(spec), bits="w4a8").totals.bitops["adders"] == expected(4, 8)
    assert f"{expected(4, 8):,}" in calc("run", spec, "--bits", "w4a8").out
    data = json.loads(calc("run", spec, "--bits", "w4a8", "--format", "json").out)
    assert data["totals"]["bitops"]["adders"] == expected(4, 8)
    shown = calc("run", spec, "--bits", "8", "--bitops", "adders", "--sort", "bitops.adders").out
    assert ADDERS.formula in shown
    rows = list(csv.DictReader(io.StringIO(calc("run", spec, "--bits", "8", "--format", "csv").out)))
    assert sum(int(row["bitops_adders"]) for row in rows) == expected(8, 8)
    swept = list(csv.DictReader(io.StringIO(calc("sweep", spec, "--bits", "2", "8", "--jobs", "1").out)))
    assert [int(row["bitops_adders"]) for row in swept] == [expected(2, 2), expected(8, 8)]
    for command in (["compare", spec, "--bits", "2", "8"], ["conventions", spec, "--bits", "8"]):
        assert "adders" in calc(*command).out


def test_one_entry_is_enough_for_the_gate(spec: str, tmp_path: Path, calc: Calc) -> None:
    lock = str(tmp_path / "calc.lock.json")
    assert calc("lock", spec, "--bits", "8", "--lock", lock).code == 0
    (entry,) = json.loads(Path(lock).read_text())["specs"].values()
    assert entry["quantities"]["bitops.adders@8"] == expected(8, 8)
    assert calc("check", "--lock", lock).code == 0
    kept, broken = (f"bitops.adders@8={expected(8, 8) + more}" for more in (0, -1))
    assert calc("budgets", spec, "--max", kept).code == 0
    assert calc("budgets", spec, "--max", broken).code == 1
    path = Path(spec)
    path.write_text(NETWORK.replace("out_channels: 4", "out_channels: 5"))
    found = calc("check", "--lock", lock)
    assert found.code == 1
    assert "bitops.adders@8" in found.out
    assert calc("check", "--lock", lock, "--allow", "all=50%").code == 0


def test_one_entry_is_enough_to_allocate(spec: str, calc: Calc) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    found = calc("allocate", spec, "--budget", f"bitops.adders={expected(4, 4)}", "--bits", "2..8", "--format", "json")
    (budget,) = json.loads(found.out)["budgets"]
    assert budget["quantity"] == "bitops.adders"
    assert budget["used"] <= expected(4, 4)
