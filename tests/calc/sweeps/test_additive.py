"""Totals that are looked up, where each choice adds its part alone; and what shows that one does not."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from calc.api.sweep import sweep, sweep_job
from calc.errors import SpecError
from calc.spec import load, loads
from calc.spec.watched import expand_watched
from calc.sweeps.aims import aim_of
from calc.sweeps.chunk import chunk
from calc.sweeps.job import sweep_rows
from calc.sweeps.makers import counted_singly
from calc.sweeps.samples import Sample

numpy = pytest.importorskip("numpy", reason="needs the extra search")
taped = pytest.importorskip("calc.sweeps.taped")
additive = pytest.importorskip("calc.sweeps.additive")
taped_rows = pytest.importorskip("calc.sweeps.taped_rows")

NAS_BENCH_MACRO = "nas_macro"
PUBLISHED = {  # params and flops, which are MACs of convolutions and the linear layer, in the tables of NAS-Bench-Macro
    "00000000": (387_882, 7_713_280),
    "00000101": (911_274, 18_364_928),
    "00000202": (1_503_786, 30_130_688),
    "00001010": (895_146, 20_627_968),
}


def expected(choices: Sequence[int]) -> tuple[int, int]:
    """Params and MACs by hand, of choices 0, 1 and 2: a stem, eight blocks in three stages, a head."""
    params, macs = 3 * 9 * 32 + 2 * 32, 3 * 9 * 32 * 32**2
    channels, size = 32, 32
    for choice, out, stride in zip(choices, [64] * 2 + [128] * 3 + [256] * 3, [2, 1, 2, 1, 1, 2, 1, 1], strict=True):
        after = size // stride
        if choice:
            hidden, kernel = (3 * channels, 3) if choice == 1 else (6 * channels, 5)
            weights = (channels * hidden, kernel**2 * hidden, hidden * out)
            params += sum(weights) + 2 * hidden + 2 * hidden + 2 * out
            macs += weights[0] * size**2 + (weights[1] + weights[2]) * after**2
        elif stride == 2:
            params += channels * out + 2 * out
            macs += channels * out * after**2
        channels, size = out, after
    return params + 256 * 1280 + 2 * 1280 + 1280 * 10 + 10, macs + 256 * 1280 * size**2 + 1280 * 10


def test_a_list_that_is_given_is_not_varied_position_by_position() -> None:
    (point,) = sweep(NAS_BENCH_MACRO, params={"op": ["MB3"] * 8}, of="params,macs")
    assert (point["params"], point["macs"]) == expected([1] * 8)


def test_every_network_of_nas_bench_macro() -> None:
    job, model = sweep_job(NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [], ["8"], {})
    grid = taped.TapedGrid(job, model, ["params", "macs"])
    assert grid.additive is not None
    assert grid.additive.networks == 1 + 8 * 2
    found = grid.networks(0, 3**8).outputs
    by_hand = [expected(choices) for choices in product(range(3), repeat=8)]
    assert list(zip(found["params"].tolist(), found["macs"].tolist(), strict=True)) == by_hand
    for digits, published in PUBLISHED.items():
        assert by_hand[int(digits, 3)] == published


@pytest.mark.parametrize("sample", [None, Sample(500, 3)])
def test_rows_are_the_engines(sample: Sample | None) -> None:
    of = ["macs", "weight_bytes", "bitops.product", "activation_elements", "elementwise.relu", "elementwise.add"]
    job, model = sweep_job(
        NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [], ["8", "int4g128"], {}, format_name="csv", of=of, sample=sample
    )
    rows = taped_rows.TapedRows(job, model)
    assert rows.grid.additive is not None
    assert rows.chunk(301, 340) == chunk(job, model, 301, 340)


def test_totals_for_which_each_network_is_counted_are_named() -> None:
    job, model = sweep_job(NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [], ["8"], {})
    assert counted_singly(job, model) == ("bitops.uniq", "peak_activation_bytes")
    job, model = sweep_job(
        NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [], ["8"], {}, of=["macs"], where="peak_activation_bytes < 1M"
    )
    assert counted_singly(job, model) == ("peak_activation_bytes",)
    job, model = sweep_job(NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [], ["8"], {})
    for by, expected in ((["macs", "params"], ()), (["macs", "peak_activation_bytes"], ("peak_activation_bytes",))):
        assert counted_singly(job, model, aim_of(job, model, by, None, None)) == expected
    assert counted_singly(job._replace(of=("macs", "params")), model) == ()
    grid, other = sweep_job("mobilenetv2", load("mobilenetv2"), ["width=0.5..2.5:0.001"], ["8"], {})
    assert counted_singly(grid, other) == ()


def found(layers: str, vary: Sequence[str], *, params: str = "", wanted: Sequence[str] = ("macs",)) -> Any:
    """What is looked up of a small network with two choices."""
    known = {"op": "[relu, relu, relu]", "kernels": "[1, 1]", "act": "relu"} | ({"n": params} if params else {})
    used = ", ".join([f"{name}: {value}" for name, value in known.items() if name in layers + params])
    text = f"name: net\nparams: {{{used}}}\ninput: [4, 9, 9]\nlayers:{layers}\n"
    varied = [axis for axis in vary if axis.partition("=")[0].partition("[")[0] in used]
    job, model = sweep_job("net", loads(text), varied, ["8"], {})
    tables = additive.additive_totals(job, model, wanted)
    if tables is not None:
        sizes = [len(axis.values) for axis in job.grid.axes]
        at = numpy.unravel_index(numpy.arange(job.grid.networks), sizes)
        rows = sweep_rows(job._replace(of=tuple(wanted)), model, 0, job.grid.points)
        assert tables.at(at, job.grid.networks)[wanted[0]].tolist() == [row[-2] for row in rows]
    return tables


WALKS = """
  - $kind:
    for: {kind: op}
  - conv2d: {out_channels: 2, kernel_size: 3}"""
KERNELS = """
  - conv2d: {out_channels: 8, kernel_size: k, padding: k // 2}
    for: {k: kernels}
  - $act"""
EITHER = """
  - conv2d: {out_channels: 2, kernel_size: "3 if op[i] == relu else 1", padding: "1 if op[i] == relu else 0"}
    repeat: 3"""
LEFT_OUT = """
  - relu
  - conv2d: {out_channels: 4, kernel_size: 1}
    for: {kind: op}
    when: kind == relu
  - relu"""
KINDS = ["op[*]=relu,gelu"]


def test_words_and_integers_are_looked_up() -> None:
    assert found(WALKS, KINDS, wanted=["activation_elements"]) is not None
    assert found(KERNELS, ["kernels[*]=1,3,5", "act=relu,dropout"], wanted=["params"]) is not None
    assert found(EITHER, KINDS) is not None
    assert found(LEFT_OUT, KINDS) is not None


SMALLER = """
  - conv2d: {out_channels: 4, kernel_size: 3 if kind == relu else 1}
    for: {kind: op}"""
TOGETHER = """
  - conv2d: {out_channels: 4, kernel_size: 1}
    when: op[0] == relu and op[1] == relu
  - relu"""
COMPARED = """
  - conv2d: {out_channels: 4, kernel_size: "3 if op[0] == op[1] else 1"}"""
WITHIN = """
  - chain:
      - {conv2d: {out_channels: 4, kernel_size: 1}, when: "op[0] == relu"}
      - relu
    when: op[1] == gelu
  - relu"""
MADE = """
  - conv2d: {out_channels: n, kernel_size: 1}"""
BY_NAME = """
  a: relu
  b: $act
  c: {add: , from: [a, b]}"""


MEETING = {
    "smaller": SMALLER,
    "together": TOGETHER,
    "compared": COMPARED,
    "within": WITHIN,
    "made": MADE,
    "named": BY_NAME,
}


@pytest.mark.parametrize("name", MEETING)
def test_choices_that_meet_are_not_looked_up(name: str) -> None:
    params = '"4 if op[0] == relu and op[1] == relu else 2"' if name == "made" else ""
    assert found(MEETING[name], [*KINDS, "act=relu,gelu"], params=params) is None


def test_what_is_no_sum_over_layers_is_not_looked_up() -> None:
    for name in ("peak_activation_bytes", "bitops.uniq", "weight_bytes_fp32"):
        assert found(WALKS, KINDS, wanted=[name]) is None


def test_a_rule_that_looks_further_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the parts do not add up after all, networks that are counted too differ."""
    at = additive.AdditiveTotals.at
    monkeypatch.setattr(
        additive.AdditiveTotals, "at", lambda *given: {name: each + 1 for name, each in at(*given).items()}
    )
    assert found(WALKS, KINDS, wanted=["activation_elements"]) is None


def test_layers_know_their_choices() -> None:
    network = expand_watched(load(NAS_BENCH_MACRO), {"op": ["MB3"] * 8}, [("op", place) for place in range(8)])
    assert network.is_apart
    layers = [(node.name, choices) for node, choices in zip(network.graph.nodes, network.choices, strict=True)]
    assert {choices for name, choices in layers if name.startswith("blocks.0.")} == {frozenset([0])}
    assert {choices for name, choices in layers if name.startswith("blocks.7.")} == {frozenset([7])}
    assert dict(layers)["stem.0"] == frozenset()


@pytest.mark.parametrize(
    "vary, said",
    [
        ("op[9]=Skip", "op has 8 values, from [0] to [7]"),
        ("ops[*]=Skip", "no such param"),
        ("op[*]=Skip,Skip", "given twice"),
        ("op[*]=Skip,Skop", "unknown"),
    ],
)
def test_positions_that_are_none(vary: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        sweep_job(NAS_BENCH_MACRO, load(NAS_BENCH_MACRO), [vary], [], {})
    assert said in str(caught.value)
