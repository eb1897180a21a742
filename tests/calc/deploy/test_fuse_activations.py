"""Which activations have no tensor of their own."""

from dataclasses import replace

import pytest

from calc.analysis import analyse
from calc.deploy.fuse_activations import fuse_activations
from calc.frozen import FrozenDict
from calc.model.graph import Graph
from tests.calc.graphs import Draft


def fused(graph: Graph) -> list[str]:
    return [node.name for node in fuse_activations(graph).nodes if node.fused]


def peak(graph: Graph) -> int:
    return analyse(graph, bits="8").totals.peak_activation_bytes


@pytest.mark.parametrize("word", ["relu", "relu6", "silu", "gelu", "prelu", "hardswish", "sigmoid"])
@pytest.mark.parametrize("layer", ["conv2d", "conv_transpose2d"])
def test_an_activation_lies_where_its_layer_writes(layer: str, word: str) -> None:
    draft = Draft(2, 4, 4)
    draft.add("layer", layer, out_channels=6, kernel_size=1)
    draft.add("act", word)
    graph = draft.graph()
    assert fused(graph) == ["act"]
    assert peak(graph) == (6 + 6) * 4 * 4
    after = fuse_activations(graph)
    assert peak(after) == (2 + 6) * 4 * 4
    assert analyse(after).totals.elementwise == analyse(graph).totals.elementwise
    assert fuse_activations(after) == after


def test_sums_and_linear_layers_write_too_and_one_activation_follows_another() -> None:
    draft = Draft(5, channels="last")
    first = draft.add("first", "linear", out_features=5)
    draft.add("sum", "add", (0, first))
    draft.add("act", "relu")
    draft.add("second", "linear", out_features=5)
    draft.add("gate", "sigmoid")
    draft.add("more", "tanh")
    assert fused(draft.graph()) == ["act", "gate", "more"]


def test_what_others_read_too_or_what_is_put_out_is_not_overwritten() -> None:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    act = draft.add("act", "relu")
    put_out = replace(draft.graph(), outputs=FrozenDict({"conv": conv, "act": act}))
    assert fused(draft.graph()) == ["act"]
    assert fused(put_out) == []
    draft.add("sum", "add", (conv, act))
    assert fused(draft.graph()) == []


@pytest.mark.parametrize(
    "word, values",
    [("max_pool2d", {"kernel_size": 2}), ("group_norm", {"num_groups": 2}), ("flatten", {}), ("upsample", {"size": 8})],
)
def test_what_does_not_write_value_by_value_takes_no_activation(word: str, values: dict[str, object]) -> None:
    draft = Draft(2, 4, 4)
    draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("layer", word, **values)
    draft.add("act", "relu")
    assert fused(draft.graph()) == []


def test_an_input_is_not_overwritten_and_softmax_is_no_function_of_one_value() -> None:
    draft = Draft(4, channels="last")
    draft.add("act", "relu")
    draft.add("head", "linear", out_features=3)
    draft.add("probabilities", "softmax")
    assert fused(draft.graph()) == []


def test_what_is_not_run_is_not_fused() -> None:
    draft = Draft(4, channels="last")
    draft.add("head", "linear", out_features=3)
    draft.add("act", "relu", training_only=True)
    assert fused(draft.graph()) == []


def test_a_norm_that_could_not_be_folded_is_fused_and_takes_its_activation_along() -> None:
    draft = Draft(2, 4, 4)
    first = draft.add("first", "conv2d", out_channels=2, kernel_size=1)
    draft.add("norm1", "batch_norm")
    draft.add("second", "conv2d", out_channels=2, kernel_size=1, shares=first)
    draft.add("norm2", "batch_norm")
    draft.add("act", "relu")
    draft.add("third", "conv2d", out_channels=2, kernel_size=1)
    draft.add("of_batch", "batch_norm", track_running_stats=False)
    draft.add("end", "relu")
    # the norm that takes the statistics of the batch needs all values first; what follows it does not
    assert fused(draft.graph()) == ["norm1", "norm2", "act", "end"]
    assert peak(fuse_activations(draft.graph())) == (2 + 2) * 4 * 4
