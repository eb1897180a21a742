"""Which norms the layer before them can do, and which stay."""

from dataclasses import replace
from typing import Any

import pytest

from calc.deploy.fold_norms import fold_norms
from calc.frozen import FrozenDict
from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, loads
from tests.calc.graphs import Draft


def words(graph: Graph) -> list[str]:
    return [node.op.word for node in graph.layers]


@pytest.mark.parametrize("norm", ["batch_norm", "frozen_batch_norm"])
@pytest.mark.parametrize(
    "word, values",
    [
        ("conv2d", {"out_channels": 6, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"}),
        ("conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 3, "padding": "same"}),
        ("conv_transpose2d", {"out_channels": 6, "kernel_size": 2, "stride": 2}),
        ("linear", {"out_features": 6}),
    ],
)
@pytest.mark.parametrize("bias", [True, False])
def test_the_norm_goes_and_a_bias_is_there(norm: str, word: str, values: dict[str, Any], bias: bool) -> None:
    draft = Draft(3, 4, 4) if word != "linear" else Draft(5, 3, channels="last")
    draft.add("layer", word, bias=bias, **values)
    draft.add("norm", norm)
    draft.add("act", "relu")
    before = draft.graph()
    after = fold_norms(before)
    assert words(after) == [word, "relu"]
    assert after.layers[1].inputs == (1,)
    assert after.layers[0].op.values() == before.layers[0].op.values() | {"bias": True}
    assert parameters(after) == {"layer.weight": parameters(before)["layer.weight"], "layer.bias": (6,)}
    assert buffers(after) == {}
    assert fold_norms(after) == after


def test_an_instance_norm_with_running_statistics_is_one_of_those() -> None:
    draft = Draft(3, 4, 4)
    draft.add("layer", "conv2d", out_channels=6, kernel_size=1, bias=False)
    draft.add("norm", "instance_norm", affine=True, track_running_stats=True)
    assert parameters(fold_norms(draft.graph())) == {"layer.weight": (6, 3, 1, 1), "layer.bias": (6,)}


def test_one_norm_after_another_goes_too() -> None:
    draft = Draft(3, 4, 4)
    draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm", "batch_norm")
    draft.add("frozen", "frozen_batch_norm")
    assert words(fold_norms(draft.graph())) == ["conv2d"]


def test_an_output_keeps_its_name_where_its_norm_goes() -> None:
    draft = Draft(3, 4, 4)
    draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm", "batch_norm")
    assert fold_norms(draft.graph()).outputs == {"norm": 1}


def test_a_layer_that_is_read_elsewhere_or_put_out_keeps_its_norm() -> None:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    norm = draft.add("norm", "batch_norm")
    put_out = replace(draft.graph(), outputs=FrozenDict({"conv": conv, "norm": norm}))
    assert fold_norms(put_out) == put_out
    draft.add("sum", "add", (conv, norm))
    assert fold_norms(draft.graph()) == draft.graph()
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("aux", "relu", training_only=True)
    draft.add("norm", "batch_norm", (conv,))
    assert fold_norms(draft.graph()) == draft.graph()


def draft_of(*layers: tuple[str, dict[str, Any]]) -> Graph:
    draft = Draft(4, 6, 6)
    for index, (word, values) in enumerate(layers):
        draft.add(f"layer{index}", word, **values)
    return draft.graph()


CONV = ("conv2d", {"out_channels": 4, "kernel_size": 3, "padding": 1})


@pytest.mark.parametrize(
    "layers",
    [
        [CONV, ("batch_norm", {"track_running_stats": False})],  # eval mode takes the statistics of the batch
        [("batch_norm", {}), CONV],  # the zeros of the padding are not shifted
        [CONV, ("relu", {}), ("batch_norm", {})],
        [CONV, ("max_pool2d", {"kernel_size": 2}), ("batch_norm", {})],
        [CONV, ("group_norm", {"num_groups": 2})],
        [CONV, ("instance_norm", {"affine": True})],
        [CONV, ("batch_norm", {"training_only": True})],
        [("conv2d", {**CONV[1], "training_only": True}), ("batch_norm", {"training_only": True})],
    ],
)
def test_what_is_not_folded(layers: list[tuple[str, dict[str, Any]]]) -> None:
    graph = draft_of(*layers)
    assert fold_norms(graph) == graph


def test_a_weight_that_arrives_is_not_scaled() -> None:
    draft = Draft(3, 4, 4)
    weight = draft.add("weight", "tensor", (), shape=[2, 3, 1, 1])
    draft.add("conv", "conv2d", (0, weight), out_channels=2, kernel_size=1)
    draft.add("norm", "batch_norm")
    assert words(fold_norms(draft.graph())) == ["tensor", "conv2d", "batch_norm"]


def test_shared_weights_with_norms_of_their_own_stay_as_they_are() -> None:
    draft = Draft(2, 4, 4)
    first = draft.add("first", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm1", "batch_norm")
    draft.add("second", "conv2d", out_channels=2, kernel_size=1, shares=first)
    draft.add("norm2", "batch_norm")
    assert words(fold_norms(draft.graph())) == ["conv2d", "batch_norm", "conv2d", "batch_norm"]


def test_shared_weights_of_which_only_one_is_normed_stay_as_they_are() -> None:
    draft = Draft(2, 4, 4)
    first = draft.add("first", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm", "batch_norm")
    draft.add("second", "conv2d", out_channels=2, kernel_size=1, shares=first)
    assert words(fold_norms(draft.graph())) == ["conv2d", "batch_norm", "conv2d"]


def test_a_norm_that_shares_weights_has_statistics_of_its_own() -> None:
    draft = Draft(2, 4, 4)
    first = draft.add("first", "conv2d", out_channels=2, kernel_size=1)
    norm = draft.add("norm1", "batch_norm")
    draft.add("second", "conv2d", out_channels=2, kernel_size=1, shares=first)
    draft.add("norm2", "batch_norm", shares=norm)
    assert words(fold_norms(draft.graph())) == ["conv2d", "batch_norm", "conv2d", "batch_norm"]


TOWERS = """
name: towers
input: [4, 8, 8]
blocks:
  Unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}, batch_norm, relu]}
layers:
  tower: Unit
  second: {again: tower}
  third: {again: tower}
"""


def test_a_layer_and_its_norm_that_run_again_are_one_layer_with_one_bias() -> None:
    graph = fold_norms(expand(loads(TOWERS)))
    assert words(graph) == ["conv2d", "relu"] * 3
    convolutions = graph.layers[::2]
    assert [dict(node.tied) for node in convolutions] == [{}, {"weight": 1, "bias": 1}, {"weight": 1, "bias": 1}]
    assert [node.again for node in convolutions] == [False, True, True]
    assert list(parameters(graph)) == ["tower.0.weight", "tower.0.bias"]


def test_a_layer_that_runs_again_without_its_norm_keeps_the_norm() -> None:
    text = TOWERS.replace("Unit\n  second: {again: tower}", "Unit\n  second: {again: tower.0}")
    graph = expand(loads(text))
    assert fold_norms(graph) == graph


def test_of_norms_in_a_row_those_go_that_all_have() -> None:
    spec = """
name: in a row
input: [4, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 1}}
  norm: batch_norm
  own: batch_norm
  conv2: {again: conv}
  norm2: {again: norm}
  own2: batch_norm
"""
    graph = fold_norms(expand(loads(spec)))
    assert [node.name for node in graph.layers] == ["conv", "own", "conv2", "own2"]
    assert fold_norms(graph) is graph


def test_a_weight_that_layers_of_two_ops_multiply_stays_as_it_is() -> None:
    draft = Draft(2, 4, 4)
    first = draft.add("first", "conv2d", out_channels=2, kernel_size=1)
    norm = draft.add("norm1", "batch_norm")
    draft.add("second", "conv_transpose2d", out_channels=2, kernel_size=1, shares=first)
    draft.add("norm2", "batch_norm", shares=norm)
    assert fold_norms(draft.graph()) == draft.graph()


def test_a_norm_whose_weights_another_layer_has_too_leaves_them_to_it() -> None:
    draft = Draft(3, 4, 4)
    draft.add("conv", "conv2d", out_channels=3, kernel_size=1)
    norm = draft.add("norm", "batch_norm")
    draft.add("act", "relu")
    draft.add("alike", "batch_norm", shares=norm)
    graph = fold_norms(draft.graph())
    assert words(graph) == ["conv2d", "relu", "batch_norm"]
    assert parameters(graph).keys() == {"conv.weight", "conv.bias", "alike.weight", "alike.bias"}


def test_a_norm_that_runs_again_elsewhere_is_there_for_itself() -> None:
    spec = """
name: twice
input: [4, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 1}}
  norm: batch_norm
  pool: {max_pool2d: 2}
  twice: {again: norm}
  thrice: {again: norm}
"""
    graph = fold_norms(expand(loads(spec)))
    assert words(graph) == ["conv2d", "max_pool2d", "batch_norm", "batch_norm"]
    assert [node.again for node in graph.layers] == [False, False, False, True]
    assert list(parameters(graph)) == ["conv.weight", "conv.bias", "twice.weight", "twice.bias"]
    assert len(buffers(graph)) == 3


def test_experts_are_folded_each_for_itself() -> None:
    spec = """
name: normed experts
input: {shape: [5, 4], channels: last}
blocks: {Normed: {layers: [{linear: {out_features: 4, bias: false}}, batch_norm]}}
layers:
  router: {linear: 3}
  moe: {experts: {expert: Normed, count: 3, active: 1}, from: [input, router]}
"""
    graph = fold_norms(expand(loads(spec)))
    assert words(graph) == ["linear", "dispatch", "linear", "experts"]
    assert [name for name in parameters(graph) if name.endswith("bias")][1:] == [f"moe.{i}.0.bias" for i in range(3)]
