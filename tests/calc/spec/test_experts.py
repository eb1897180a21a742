"""``experts:``: counted once a layer for all of them, parameters of all and MACs of those that tokens run."""

from typing import Any

from calc.analysis import Analysis, analyse
from calc.gate.snapshot import snapshot
from calc.model.graph import parameters
from calc.spec import expand, loads

MIXTURE = """
name: mixture of experts
input: {shape: [16, 64], channels: last}
params: {ff: 128, experts: 8, active: 2}
blocks:
  Expert:
    layers:
      - branches: [[{linear: {out_features: ff, bias: false}}, silu], [{linear: {out_features: ff, bias: false}}]]
        merge: multiply
      - {linear: {out_features: in, bias: false}}
layers:
  router: {linear: {out_features: experts, bias: false}}
  moe: {experts: {expert: Expert, count: experts, active: active}, from: [input, router]}
"""
ONE = 3 * 64 * 128
"""Parameters of one expert, and MACs of one token in it."""


def mixture(batch: int = 1, bits: str = "fp32", **params: Any) -> Analysis:
    return analyse(loads(MIXTURE), params, bits=bits, batch=batch)


def test_parameters_of_all_and_macs_of_those_active() -> None:
    totals = mixture().totals
    assert totals.params == 64 * 8 + 8 * ONE == 197_120
    assert totals.macs == 16 * (64 * 8 + 2 * ONE) == 794_624
    assert totals.active_params == 64 * 8 + 2 * ONE
    assert totals.weight_bytes == 4 * 197_120


def test_a_batch_and_a_width() -> None:
    totals = mixture(batch=3, bits="w4a8").totals
    assert totals.macs == 3 * 794_624
    assert totals.params == 197_120
    assert totals.weight_bytes == 197_120 // 2
    assert totals.bitops["product"] == 3 * 794_624 * 4 * 8


def test_elements_are_those_of_every_token_and_expert_that_it_runs() -> None:
    totals = mixture(batch=2).totals
    runs = 2 * 16 * 2
    joined = {"multiply": runs * 64, "add": 2 * 16 * (2 - 1) * 64, "softmax": runs}
    assert totals.elementwise == {"silu": runs * 128, **joined, "multiply": runs * (128 + 64)}
    outputs = 2 * 16 * (8 + 64) + runs * (64 + 4 * 128 + 64)
    assert totals.activation_elements == outputs


def test_all_tokens_are_in_the_experts_at_once() -> None:
    # the most is alive as silu's output and that of the second matrix are multiplied, and the scores until the end
    assert mixture().totals.peak_activation_bytes == 4 * (2 * 16 * 3 * 128 + 16 * 8)


def test_keys_are_those_of_each_expert() -> None:
    found = parameters(mixture(experts=3).graph)
    layers = ("0", "2", "3")
    assert list(found) == ["router.weight"] + [
        f"moe.{expert}.{layer}.weight" for layer in layers for expert in range(3)
    ]
    assert found["moe.2.3.weight"] == (64, 128)


def test_experts_are_counted_and_not_unrolled() -> None:
    few, many = mixture(experts=2, active=1), mixture(experts=256, active=8)
    assert len(few.graph.nodes) == len(many.graph.nodes)
    assert many.totals.params == 64 * 256 + 256 * ONE
    assert many.totals.macs == 16 * (64 * 256 + 8 * ONE)


def test_an_expert_is_any_layer() -> None:
    spec = """
name: any
input: {shape: [2, 5, 6], channels: last}
layers:
  - linear: 4
  - {experts: {expert: {linear: 4}, count: 4, active: 1}, from: ["0", "0"]}
  - {experts: {expert: [{residual: [layer_norm, {linear: 4}]}], count: 4, active: 4, normalize: none}, from: ["1", "0"]}
"""
    analysis = analyse(loads(spec))
    rows = {layer.name: (layer.params, layer.macs) for layer in analysis.layers}
    linear = 4 * 4 + 4
    assert rows["1.*"] == (4 * linear, 10 * 16)
    assert rows["2.*.0"] == (4 * 8, 0)
    assert rows["2.*.1"] == (4 * linear, 10 * 4 * 16)
    assert set(parameters(analysis.graph)) >= {"1.3.weight", "2.0.0.bias", "2.3.1.weight"}
    assert analysis.totals.elementwise == {
        "bias": 10 * 4 * (1 + 1 + 4), "layer_norm": 10 * 4 * 4, "softmax": 10, "multiply": 10 * 4 * (1 + 4),
        "add": 10 * 4 * (3 + 4),
    }  # fmt: skip


def test_a_tensor_stands_in_each_expert() -> None:
    spec = """
name: own
input: {shape: [5, 6], channels: last}
blocks:
  Scaled:
    inputs: [x]
    layers:
      gain: {tensor: [6]}
      scaled: {multiply: , from: [x, gain]}
layers:
  router: {linear: {out_features: 3, bias: false}}
  moe: {experts: {expert: Scaled, count: 3, active: 2}, from: [input, router]}
"""
    analysis = analyse(loads(spec), batch=4)
    assert analysis.totals.params == 3 * 6 + 3 * 6
    assert {layer.name: layer.output_elements for layer in analysis.layers}["moe.*.gain"] == 3 * 6
    assert parameters(analysis.graph)["moe.2.gain"] == (6,)


def test_json_names_experts_only_where_there_are_some() -> None:
    with_experts = mixture().to_json_dict()
    assert with_experts["totals"]["active_params"] == 64 * 8 + 2 * ONE
    by_name = {row["name"]: (row["experts"], row["active_experts"]) for row in with_experts["layers"]}
    assert by_name["moe.*.0"] == (8, 2)
    assert by_name["router"] == by_name["moe.combine"] == (1, 1)
    without = analyse(loads("name: x\ninput: [4]\nlayers: [{linear: 2}]")).to_json_dict()
    assert "active_params" not in without["totals"]
    assert "experts" not in without["layers"][0]


def test_a_lock_tells_tokens_from_edits() -> None:
    rows = {row.name: row for row in snapshot([mixture()], ["fp32"]).layers}
    assert rows["moe.*.0"].fields == {"out_features": 128, "bias": False, "experts": (8, 2), "tokens": 2 * 16}
    assert rows["moe.dispatch"].fields == {"count": 8, "active": 2, "tokens": 2 * 16}


def test_bits_of_an_expert_hold_for_all() -> None:
    spec = MIXTURE.replace("from: [input, router]", "from: [input, router], bits: 4")
    analysis = analyse(loads(spec), bits="spec")
    assert analysis.totals.weight_bytes == 64 * 8 * 4 + 8 * ONE // 2


def test_experts_in_a_repeat() -> None:
    spec = MIXTURE.replace("  router:", "  - chain:\n      router:").replace("  moe:", "      moe:")
    spec = spec.replace("from: [input, router]", "from: [input, router]") + "    repeat: 61\n"
    graph = expand(loads(spec))
    assert sum(node.experts is not None for node in graph.nodes) == 61 * 6
    assert len({node.experts for node in graph.nodes}) == 61 + 1
