"""Rows and totals of an analysis."""

import json
from dataclasses import FrozenInstanceError
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.bitops import CONVENTIONS
from calc.deploy import deploy, deployment
from calc.errors import OpError, SpecError
from calc.model.graph import Bits
from calc.spec import load, loads
from calc.spec.expand import expand
from tests.calc.graphs import Draft, chain, mobilenetv2
from tests.calc.spec.written import graph_of


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
        assert totals.bitops[convention] == reduce(add, [layer.bitops[convention] for layer in layers])
    for kind, elements in totals.elementwise.items():
        assert elements == sum(layer.elementwise.get(kind, 0) for layer in layers)


def test_a_batch_multiplies_the_work_and_not_the_weights() -> None:
    one, eight = (analyse(chain(3, 8, 8, convolutions=2), bits="4", batch=batch).totals for batch in (1, 8))
    assert eight.macs == 8 * one.macs
    assert eight.bitops["product"] == 8 * one.bitops["product"]
    assert eight.activation_elements == 8 * one.activation_elements
    assert (eight.params, eight.weight_bytes) == (one.params, one.weight_bytes)


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
    assert found["schema"] == "calc.run/2"
    assert (found["model"], found["spec"], found["input"]) == ("mobilenetv2", "net.yaml", [3, 224, 224])
    assert (found["batch"], found["policy"], found["bitops_convention"]) == (2, "adaptive", "product")
    assert found["activations"] == "same"
    assert set(found["totals"]) >= {
        "macs",
        "effective_macs",
        "params",
        "buffers",
        "weight_bytes",
        "weight_bytes_by_role",
        "training_only_weight_bytes",
        "effective_bits",
        "memory",
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
        ({"batch": 2.0}, "batch=2.0: must be a positive integer"),
        ({"batch": True}, "batch=True: must be a positive integer"),
        ({"bitops": "flops"}, "unknown BitOps convention 'flops'"),
        ({"activations": "own"}, "unknown activations 'own'"),
        ({"bits": "int"}, "unknown precision 'int'"),
        ({"input": [3, 8, 8]}, "given with a Graph"),
        ({"params": {"width": 1}}, "given with a Graph"),
    ],
)
def test_bad_options(options: dict, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        analyse(chain(3, 8, 8, convolutions=1), **options)


def test_a_name_is_no_spec() -> None:
    with pytest.raises(OpError, match="'mobilenetv2' is text, not a spec"):
        analyse("mobilenetv2")  # type: ignore[arg-type]  # what a user may try


def test_bits_of_the_spec() -> None:
    draft = Draft(64, 32, 32)
    draft.add("depthwise", "conv2d", out_channels=64, kernel_size=3, padding=1, groups=64, bits=Bits(4, 4))
    assert analyse(draft.graph(), bits="spec").totals.bitops["weight"] == 64 * 32 * 32 * 3 * 3 * 4


def test_bits_may_be_an_integer() -> None:
    analysis = analyse(mobilenetv2(), bits=8)
    assert (analysis.policy, analysis.totals) == ("8", analyse(mobilenetv2(), bits="8").totals)
    assert analysis.with_bits(4).totals == analyse(mobilenetv2(), bits="4").totals


def test_the_dicts_of_a_result_and_a_spec_cannot_be_changed() -> None:
    analysis = analyse(mobilenetv2(), bits="4")
    for held in (analysis.totals.bitops, analysis.totals.elementwise, analysis.layers[0].bitops):
        with pytest.raises(TypeError, match="part of a result"):
            held["weight"] = 3
    spec = load("mobilenetv2")
    with pytest.raises(AttributeError):
        spec.name = "x"  # type: ignore[misc]  # what is tried


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"bits": None}, "bits=None: must be a policy"),
        ({"bits": True}, "bits=True: must be a policy"),
        ({"bits": [8]}, r"bits=\[8\]: must be a policy"),
        ({"bits": 8.0}, "bits=8.0: must be a policy"),
        ({"batch": None}, "batch=None: must be a positive integer"),
        ({"batch": True}, "batch=True: must be a positive integer"),
        ({"input": "3x4x4"}, "input='3x4x4': must be sizes of one sample"),
        ({"input": 3}, "input=3: must be sizes"),
        ({"input": (3, 4.0, 4)}, r"input=\(3, 4.0, 4\): must be sizes"),
        ({"input": (3, None)}, r"input=\(3, None\): must be sizes"),
        ({"params": "width=1"}, "params='width=1': must be a mapping"),
        ({"params": {1: 2}}, "params={1: 2}: must be a mapping"),
        ({"activations": None}, "activations=None: must be same"),
        ({"activations": True}, "activations=True: must be same"),
        ({"bitops": None}, "unknown BitOps convention None"),
        ({"bitops": ["weight"]}, "unknown BitOps convention"),
        ({"count_as": 3}, "count_as=3: must be the name of a convention"),
        ({"count_as": "fvcor"}, "unknown convention 'fvcor'"),
    ],
)
def test_arguments_of_another_kind_are_said_plainly(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        analyse(loads("name: S\ninput: [3, 4, 4]\nlayers: [relu]\n"), **arguments)


@pytest.mark.parametrize("model", [None, 3, {"name": "S"}, [], object()])
def test_what_is_no_spec_is_said_plainly(model: Any) -> None:
    with pytest.raises(OpError, match="is not a spec"):
        analyse(model)
    with pytest.raises(OpError, match="is not a spec"):
        expand(model)


SHARED = load("mobilenetv2")
CHOICES = st.tuples(
    st.sampled_from([{}, {"width": 0.5}, {"width": 1}, {"width": 1.0}, {"classes": 7}]),
    st.sampled_from([None, (3, 96, 96), (3, 97, 64)]),
    st.sampled_from(["8", "w4a8", "adaptive"]),
    st.integers(1, 2),
)


@settings(max_examples=settings().max_examples // 4)  # each is up to eight analyses
@given(st.lists(CHOICES, min_size=1, max_size=4))
def test_analyses_of_one_spec_say_what_each_alone_would(choices: list[tuple[Any, ...]]) -> None:
    analyses = [analyse(SHARED, params, size, bits=bits, batch=batch) for params, size, bits, batch in choices]
    together = [one.with_bits("3").with_bits(choice[2]) for one, choice in zip(analyses, choices, strict=True)]
    for found, (params, size, bits, batch) in zip(together, choices, strict=True):
        alone = analyse(load("mobilenetv2"), params, size, bits=bits, batch=batch)
        assert (found.totals, found.layers) == (alone.totals, alone.layers)


@pytest.mark.parametrize("norm", ["{group_norm: 3}", "{batch_norm: {track_running_stats: false}}"])
def test_a_norm_of_one_value_runs_for_two_samples(norm: str) -> None:
    graph = graph_of(f"[{norm}]", input="[3, 1, 1]")
    assert analyse(graph, batch=2).totals.params == 2 * 3
    with pytest.raises(SpecError, match=r"5:5: 0 \(\w+\): .*needs more than 1 value .*\n  hint: .*--batch 2"):
        analyse(graph)


def test_a_deployed_network_remembers_how_it_is_written() -> None:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm", "batch_norm")
    draft.add("auxiliary", "relu", (conv - 1,))
    draft.add("act", "relu", (conv + 1,))
    graph = draft.graph()
    deployed = analyse(graph, bits="8", deployed=True, batch=2)
    assert deployed.original is graph
    assert deployed.graph == deploy(graph)
    assert deployed.with_bits("4").deployment == deployed.deployment == deployment(graph, deploy(graph))
    assert deployed.warnings == analyse(graph).warnings
    assert len(deployed.warnings) == 1
    assert analyse(graph).deployment is None
    assert "deployed" not in analyse(graph).to_json_dict()
    assert analyse(deploy(graph), bits="8", batch=2).to_json_dict()["totals"] == deployed.to_json_dict()["totals"]


def test_other_bits_keep_the_planner() -> None:
    found = analyse(mobilenetv2(), bits="8", memory="in-place")
    assert found.memory.bytes == (16 + 96) * 112 * 112
    assert found.with_bits("4").memory.bytes == (16 + 96) * 112 * 112 // 2
    assert found.totals.peak_activation_bytes == found.liveness.bytes == 2 * 96 * 112 * 112


@pytest.mark.parametrize("memory", ["greedy", 8, None])
def test_an_unknown_planner_is_refused(memory: Any) -> None:
    with pytest.raises(OpError, match="memory"):
        analyse(mobilenetv2(), memory=memory)
