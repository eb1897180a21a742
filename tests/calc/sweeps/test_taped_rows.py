"""Rows from tapes: to the byte those that the engine makes one by one."""

from collections.abc import Sequence
from typing import Any

import pytest

from calc.api.sweep import sweep_job
from calc.spec import load, loads
from calc.sweeps.aims import aim_of
from calc.sweeps.chunk import chunk
from calc.sweeps.chunks import Where, chunks
from calc.sweeps.job import SweepJob
from calc.sweeps.makers import FEW, maker_of_rows, without_effect
from calc.sweeps.parquet import schema
from tests.calc.sweeps.test_saved_blocks import needs_pyarrow

numpy = pytest.importorskip("numpy", reason="needs the extra search")
taped_rows = pytest.importorskip("calc.sweeps.taped_rows")

SMALL = """
name: small
params: {width: 1.0, size: 9, act: relu, divisor: 1}
input: [3, size, size]
layers:
  - conv2d: {out_channels: make_divisible(16 * width) // (divisor - 1) if divisor > 1 else 8, kernel_size: 3, stride: 2}
  - $act
  - conv2d: {out_channels: 12 // divisor, kernel_size: 3}
"""
TWO = """
name: two
input: {a: [2, 3], b: [2, 3]}
params: {times: 1}
layers: {x: relu, y: {add: , from: [x, b]}, z: {linear: 7 * times}}
"""
HUGE = """
name: huge
params: {channels: 8}
input: [3, 8, 8]
layers: [{conv2d: {out_channels: channels, kernel_size: 1}}, {conv2d: {out_channels: channels, kernel_size: 1}}]
"""


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace is made for every network that needs one."""
    monkeypatch.setattr("calc.sweeps.taped._WORTH", 1)


def both(text: str, vary: Sequence[str], bits: Sequence[str], first: int = 0, last: int = 10**9, **options) -> int:
    """How many rows tapes and the engine give, those from ``first`` on, which are the same."""
    model = load(text) if text.isidentifier() else loads(text)
    job, model = sweep_job(text if text.isidentifier() else "net", model, list(vary), list(bits), {}, **options)
    last = min(last, job.grid.points)
    by_engine, by_tapes = chunk(job, model, first, last), taped_rows.TapedRows(job, model).chunk(first, last)
    assert by_engine[:-1] == by_tapes[:-1]
    of_engine, of_tapes = (read(job, found.batches) for found in (by_engine, by_tapes))
    assert of_engine == of_tapes
    return len(by_engine.lines or of_engine)


def read(job: SweepJob, batches: Sequence[bytes]) -> list[dict[str, Any]]:
    if not batches:
        return []
    import pyarrow

    tables = [pyarrow.ipc.read_record_batch(pyarrow.py_buffer(batch), schema(job)) for batch in batches]
    return [row for table in tables for row in table.to_pylist()]


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
@pytest.mark.usefixtures("eager")
def test_rows_of_words_integers_doubles_and_errors(format_name: str) -> None:
    # sizes 5 and 6 are too small, a divisor of 0 divides by nothing; widths are doubles, and one is an integer
    vary = ["act=relu,gelu", "divisor=0..2", "width=0.5,1.5,2", "size=6..8"]
    assert both(SMALL, vary, ["2", "w4a8"], first=3, last=105, format_name=format_name) == 102


WIDE = "{name: net, params: {wide: 64}, input: [wide], layers: [{linear: 64}, {linear: '640 // (66 - wide)'}]}"


@pytest.mark.parametrize("format_name", ["csv", "jsonl", pytest.param("parquet", marks=needs_pyarrow)])
@pytest.mark.parametrize("where", [None, "weight_bytes > 0"])
@pytest.mark.usefixtures("eager")
def test_rows_that_one_policy_refuses_or_all(format_name: str, where: str | None) -> None:
    # 4-bit blocks take rows of 32 weights; and of 66 on nothing is left to divide by
    found = both(WIDE, ["wide=62..67"], ["8", "gguf_q4_0", "4"], first=1, last=17, format_name=format_name, where=where)
    assert found == (16 if where is None else 2 * 4 + 1 - 1)


@pytest.mark.usefixtures("eager")
def test_rows_of_lists_as_values() -> None:
    text = SMALL.replace("divisor: 1}", "divisor: 1, kernels: [3]}").replace("size: 3}\n", "size: 'kernels[0]'}\n", 1)
    assert both(text, ["kernels=[3, 1],[5, 1],[3]", "size=9..12"], ["4"], format_name="csv") == 3 * 4


@pytest.mark.usefixtures("eager")
def test_rows_at_other_inputs_and_at_policies_that_look_at_counts() -> None:
    vary = ["input=3x12x9,3x9x12,1x4x4", "width=0.35..1.05:0.35"]
    assert both(SMALL, vary, ["8", "adaptive", "mac-share"], batch=2) == 3 * 3 * 3


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("format_name", ["json", pytest.param("parquet", marks=needs_pyarrow)])
def test_rows_that_a_condition_leaves(format_name: str) -> None:
    vary = ["act=relu,gelu", "width=0.5..1.5:0.5,2", "size=5..12"]
    where = "macs * 3 >= 15k and width < 1.5 and activation_elements < 1k or kv_bytes > 0"
    assert 0 < both(SMALL, vary, ["2", "w4a8"], first=3, last=121, format_name=format_name, where=where) < 118


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("format_name", ["jsonl", "csv", pytest.param("parquet", marks=needs_pyarrow)])
def test_rows_of_elements_by_kind(format_name: str) -> None:
    vary = ["act=relu,gelu", "width=0.5..1.5:0.5,2", "size=5..12"]
    options = {"of": ["elementwise.gelu", "macs"], "where": "elementwise.relu <= 128", "format_name": format_name}
    # 8 channels of 4 × 4 up to a size of 10; two sizes cannot be
    assert both(SMALL, vary, ["2", "w4a8"], **options) == 4 * (4 + 6) * 2


@pytest.mark.usefixtures("eager")
def test_inputs_by_name() -> None:
    assert both(TWO, ["input.a=2x3,1x3,2x4", "times=1..40"], ["8", "fp16"], input={"b": (2, 3)}) == 3 * 40 * 2


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "options", [{"deployed": True}, {"activations": "producer"}, {"activations": "4", "deployed": True}]
)
def test_rows_of_deployed_networks_and_of_other_activations(options: dict[str, Any]) -> None:
    assert both("mobilenetv2", ["width=0.5,1.1", "resolution=96..97"], ["8", "w4a8"], **options) == 2 * 2 * 2


@pytest.mark.usefixtures("eager")
def test_counts_that_int64_does_not_hold() -> None:
    assert both(HUGE, ["channels=1000000000,2000000000,3"], ["8"]) == 3


@pytest.mark.usefixtures("eager")
def test_division_by_zero_is_a_row_with_an_error() -> None:
    job, model = sweep_job("net", loads(SMALL), ["divisor=0..2", "size=9"], ["8"], {}, format_name="csv")
    found = taped_rows.TapedRows(job, model).chunk(0, 3)
    assert list(found.reasons.values()) == [1]
    assert "divides by zero: 12 // 0" in found.lines[0]


def large(**options) -> SweepJob:
    vary = ["width=0.25..1.0:0.25", f"size=7..{6 + FEW // 4}"]
    job, _ = sweep_job("net", loads(SMALL), vary, ["8"], {}, format_name="csv", **options)
    return job._replace(text=SMALL)


def test_a_large_sweep_uses_tapes_and_a_small_one_does_not() -> None:
    assert large().uses_tapes
    assert large(deployed=True, activations="producer").uses_tapes
    assert not sweep_job("net", loads(SMALL), ["size=7..9"], ["8"], {})[0].uses_tapes


def test_an_axis_on_which_nothing_depends_is_known() -> None:
    text = SMALL.replace("  - $act", "  - $act\n  - dropout: p").replace("act: relu,", "act: relu, p: 0.5,")
    vary = ["p=0.1..0.5:0.1", f"size=9..{9 + FEW // 5}"]
    job, model = sweep_job("net", loads(text), vary, ["8"], {}, format_name="csv")
    assert without_effect(job, model) == ("p",)


MAYBE = """
name: maybe
params: {act: relu, wide: 8, size: 4, unused: 0.5}
input: [size]
layers:
  first: {linear: 8}
  act: $act
  drop: {dropout: unused}
  last: {linear: "wide if size > 6 and act == 'gelu' else 8"}
"""


@pytest.mark.parametrize(
    "vary, options, by, expected",
    [
        (["size=4..5", "wide=8..9", "unused=0.1..0.3:0.1"], {}, (), ("wide", "unused")),
        (["size=4..9", "wide=8..9", "unused=0.1..0.3:0.1"], {}, (), ("wide", "unused")),  # with a relu wherever
        (["act=relu,gelu", "size=7..9", "wide=8..9", "unused=0.1..0.3:0.1"], {}, (), ("unused",)),
        (["size=4..5", "wide=8..9"], {"of": ["bitops.weight"]}, (), ("wide",)),
        (["size=4..5", "unused=0.1,0.2"], {"where": "macs + unused < 1000"}, (), ()),
        (["size=4..5", "unused=0.1,0.2"], {"where": "macs < 1000"}, (), ("unused",)),
        (["size=4..5"], {"of": ["buffers"]}, (), ("size",)),
        (["size=4..5"], {"of": ["buffers"]}, ("macs", "params"), ()),
        (["size=4..5"], {"of": ["buffers"], "where": "macs > 3"}, (), ()),
    ],
)
def test_without_effect_is_what_no_total_condition_or_front_reads(
    vary: list[str], options: dict[str, Any], by: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    job, model = sweep_job("net", loads(MAYBE), vary, ["8"], {}, **options)
    assert without_effect(job, model, aim_of(job, model, by, None, None)) == expected


def test_without_numpy_the_engine_makes_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    job = large()
    expected = maker_of_rows(job, job.model())(0, 3)
    monkeypatch.setattr("calc.sweeps.makers.find_spec", lambda _: None)
    assert not large().uses_tapes
    assert maker_of_rows(job, job.model())(0, 3) == expected


def test_processes_give_the_rows_of_one() -> None:
    job = large()
    one = list(chunks(job, job.model(), 3, Where(1)))
    two = list(chunks(job, job.model(), 3, Where(2)))
    assert one == two
    assert sum(len(each.lines) for each in one) == job.grid.points - 3
