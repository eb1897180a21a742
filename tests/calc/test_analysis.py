"""Rows and totals of an analysis."""

import json
from dataclasses import FrozenInstanceError

import pytest

import calc
from calc.analysis import analyse
from calc.bitops import CONVENTIONS
from calc.errors import OpError
from calc.graph import Bits
from tests.calc.graphs import Draft, chain, mobilenetv2


def test_mobilenetv2_adaptive() -> None:
    totals = analyse(mobilenetv2(), bits="adaptive").totals
    assert totals.macs == 299_494_272 + 1280 * 1000
    assert totals.params == 2_189_760 + 34_112 + 1280 * 1000 + 1000
    assert totals.bitops["weight"] == 1_072_549_632 + 1280 * 1000 * 8
    assert totals.bitops["product"] == 5_241_159_168 + 1280 * 1000 * 8 * 8
    assert totals.weight_bytes_fp32 == 4 * totals.params


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_mobilenetv2_at_one_width(bits: int) -> None:
    analysis = analyse(mobilenetv2(), bits=str(bits))
    assert analysis.totals.bitops["weight"] == 300_774_272 * bits
    assert analysis.totals.bitops["product"] == 300_774_272 * bits * bits
    quantised, norms_and_bias = 2_189_760 + 1280 * 1000, 34_112 + 1000
    assert analysis.totals.weight_bytes == (quantised * bits + norms_and_bias * 32) // 8


@pytest.mark.parametrize("bits", ["fp32", "adaptive", "mac-share", "w3a5"])
@pytest.mark.parametrize("batch", [1, 8])
def test_totals_are_the_sums_of_the_rows(bits: str, batch: int) -> None:
    analysis = analyse(mobilenetv2(), bits=bits, batch=batch)
    layers, totals = analysis.layers, analysis.totals
    for field in ("macs", "effective_macs", "params", "buffers"):
        assert getattr(totals, field) == sum(getattr(layer, field) for layer in layers)
    assert totals.activation_elements == sum(layer.output_elements for layer in layers)
    assert totals.weight_bytes == -(-sum(layer.weight_bits_total for layer in layers) // 8)
    for convention in CONVENTIONS:
        assert totals.bitops[convention] == sum(layer.bitops[convention] for layer in layers)
    for kind, elements in totals.elementwise.items():
        assert elements == sum(layer.elementwise.get(kind, 0) for layer in layers)


def test_a_batch_multiplies_the_work_and_not_the_weights() -> None:
    one, eight = (analyse(chain(3, 8, 8, convolutions=2), bits="4", batch=batch).totals for batch in (1, 8))
    assert eight.macs == 8 * one.macs
    assert eight.bitops["product"] == 8 * one.bitops["product"]
    assert eight.activation_elements == 8 * one.activation_elements
    assert (eight.params, eight.weight_bytes) == (one.params, one.weight_bytes)


def test_a_row_says_what_the_layer_is() -> None:
    draft = Draft(8, 9, 7)
    draft.add(
        "down",
        "conv2d",
        out_channels=16,
        kernel_size=[3, 1],
        stride=2,
        padding=[1, 0],
        groups=8,
        bias=True,
    )
    draft.add("pool", "max_pool2d", kernel_size=2)
    draft.add("act", "relu6")
    down, pool, act = analyse(draft.graph(), bits="w4a8").layers
    assert (down.op, down.kind, down.inputs) == ("conv2d", "depthwise", ("input",))
    assert (down.input_shape, down.output_shape) == ((8, 9, 7), (16, 5, 4))
    assert (down.in_channels, down.out_channels, down.groups) == (8, 16, 8)
    assert (down.kernel_size, down.stride) == ((3, 1), (2, 2))
    assert (down.weight_bits, down.activation_bits, down.rule) == (4, 8, "all layers")
    assert (down.params, down.weight_elements) == (16 * 3 + 16, 16 * 3)
    assert down.weight_bits_total == 16 * 3 * 4 + 16 * 32
    assert down.place.line == 2
    assert (pool.kernel_size, pool.stride, pool.groups) == ((2, 2), (2, 2), None)
    assert (act.kernel_size, act.stride, act.rule, act.weight_bits) == (None, None, None, None)
    assert act.bitops == {"weight": 0, "product": 0, "uniq": 0}


def test_channels_are_unknown_where_the_axis_is() -> None:
    draft = Draft(4, 6)
    draft.add("mixed", "reshape", shape=[8, 3])
    draft.add("head", "linear", out_features=5)
    mixed, head = analyse(draft.graph()).layers
    assert mixed.out_channels is None
    assert (head.in_channels, head.out_channels) == (3, 5)


def test_shared_weights_count_once() -> None:
    draft = Draft(4, 4, channels="last")
    first = draft.add("first", "linear", out_features=4)
    draft.add("again", "linear", shares=first, out_features=4)
    analysis = analyse(draft.graph(), bits="2")
    assert [layer.params for layer in analysis.layers] == [4 * 4 + 4, 0]
    assert [layer.macs for layer in analysis.layers] == [4 * 4 * 4, 4 * 4 * 4]
    assert analysis.totals.weight_bytes == (4 * 4 * 2 + 4 * 32) // 8


def test_training_only_layers_have_params_and_no_macs() -> None:
    draft = Draft(4)
    draft.add("auxiliary", "linear", training_only=True, out_features=7)
    draft.add("head", "linear", (0,), out_features=2)
    auxiliary, head = analyse(draft.graph(), bits="8").layers
    assert (auxiliary.params, auxiliary.macs, auxiliary.weight_bits) == (4 * 7 + 7, 0, None)
    assert head.macs == 4 * 2


def test_other_bits_keep_the_counts() -> None:
    analysis = analyse(mobilenetv2())
    again = analysis.with_bits("adaptive")
    assert again.counts is analysis.counts
    assert again.totals == analyse(mobilenetv2(), bits="adaptive").totals
    assert analysis.policy == "fp32"


def test_activations_stay_with_the_analysis() -> None:
    analysis = analyse(chain(3, 8, 8, convolutions=2), activations=16).with_bits("4")
    assert {layer.activation_bits for layer in analysis.layers if layer.macs} == {16}
    assert {layer.weight_bits for layer in analysis.layers if layer.macs} == {4}


def test_an_analysis_is_immutable() -> None:
    analysis = analyse(chain(3, 8, 8, convolutions=1))
    with pytest.raises(FrozenInstanceError):
        analysis.policy = "8"  # type: ignore[misc]  # that this is refused is the test


def test_dicts_are_flat() -> None:
    analysis = analyse(mobilenetv2(), bits="adaptive")
    rows = analysis.to_dicts()
    assert len(rows) == len(analysis.layers)
    assert all(list(row) == list(rows[0]) for row in rows)
    assert not any(isinstance(value, dict) for row in rows for value in row.values())
    assert sum(row["bitops_weight"] for row in rows) == analysis.totals.bitops["weight"]
    assert sum(row["relu6_elements"] for row in rows) == analysis.totals.elementwise["relu6"]


def test_the_json_contract() -> None:
    analysis = analyse(mobilenetv2(), bits="adaptive", batch=2, bitops="product")
    found = json.loads(json.dumps(analysis.to_json_dict()))
    assert list(found)[:2] == ["schema", "model"]
    assert found["schema"] == "calc.run/1"
    assert (found["model"], found["spec"], found["input"]) == ("mobilenetv2", "net.yaml", [3, 224, 224])
    assert (found["batch"], found["policy"], found["bitops_convention"]) == (2, "adaptive", "product")
    assert found["activations"] == "same"
    assert set(found["totals"]) >= {
        "macs",
        "effective_macs",
        "params",
        "buffers",
        "weight_bytes",
        "peak_activation_bytes",
        "bitops",
        "elementwise",
    }
    assert len(found["layers"]) == len(analysis.graph.nodes) - 1
    promised = (
        "name op kind inputs input_shape output_shape in_channels out_channels kernel_size stride groups params "
        "macs effective_macs weight_bits activation_bits bitops rule"
    )
    assert set(found["layers"][0]) >= set(promised.split())
    for key in ("macs", "effective_macs", "params", "buffers"):
        assert found["totals"][key] == sum(layer[key] for layer in found["layers"])


@pytest.mark.parametrize(
    "options, fact",
    [
        ({"batch": 0}, "batch=0"),
        ({"bitops": "flops"}, "unknown BitOps convention 'flops'"),
        ({"activations": "own"}, "unknown activations 'own'"),
        ({"bits": "int8"}, "unknown precision 'int8'"),
        ({"input": [3, 8, 8]}, "given with a Graph"),
        ({"params": {"width": 1}}, "given with a Graph"),
    ],
)
def test_bad_options(options: dict, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        analyse(chain(3, 8, 8, convolutions=1), **options)


def test_bits_of_the_spec() -> None:
    draft = Draft(64, 32, 32)
    draft.add("depthwise", "conv2d", out_channels=64, kernel_size=3, padding=1, groups=64, bits=Bits(4, 4))
    assert analyse(draft.graph(), bits="spec").totals.bitops["weight"] == 64 * 32 * 32 * 3 * 3 * 4


def test_the_public_names() -> None:
    assert len(calc.__all__) <= 12
    assert set(calc.__all__) <= set(dir(calc))
    assert all(getattr(calc, name).__name__ == name for name in calc.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        calc.nothing  # noqa: B018  # reading it is the test
