"""Single layers: words and arguments, and what the language cannot say."""

from dataclasses import replace

import pytest

from calc.errors import SpecError
from calc.ops import op_class
from calc.spec.write import spec_text
from calc.spec.write.entries import bits_value, entries_of, layer_of
from calc.spec.write.text import EMPTY
from tests.calc.spec.written import graph_of


@pytest.mark.parametrize(
    ("word", "fields", "written"),
    [
        ("relu", {}, EMPTY),
        ("linear", {"out_features": 10}, 10),
        ("linear", {"out_features": 10, "bias": False}, {"out_features": 10, "bias": False}),
        ("batch_norm", {"affine": False}, {"affine": False}),
        ("layer_norm", {"normalized_axes": 2}, {"normalized_axes": 2}),  # a bare 2 would be taken for a size
        ("tensor", {"shape": (2, 3)}, (2, 3)),
        (
            "conv2d",
            {"out_channels": 4, "kernel_size": (3, 1), "bias": False, "stride": (2, 2)},
            {"out_channels": 4, "kernel_size": (3, 1), "stride": (2, 2), "bias": False},
        ),
        ("batch_norm", {"momentum": 0.5}, {"momentum": 0.5}),
    ],
)
def test_arguments_that_are_not_as_they_are_by_default(word: str, fields: dict[str, object], written: object) -> None:
    found = layer_of(op_class(word)(**fields))
    assert found == (word, written)
    assert not isinstance(written, dict) or list(found[1]) == list(written)  # bias is last, as PyTorch has it


def test_bits_as_they_are_written() -> None:
    assert [bits_value(text) for text in ("8", "w4a8", "int4g128")] == [8, "w4a8", "int4g128"]


def test_all_that_cannot_be_said_is_said_at_once() -> None:
    graph = graph_of("[relu, tanh]")
    first, second = graph.nodes[1]._replace(name="a/b:0"), graph.nodes[2]._replace(fused=True)
    with pytest.raises(SpecError) as caught:
        spec_text(replace(graph, nodes=(graph.nodes[0], first, second)))
    assert [str(problem) for problem in caught.value.problems] == [
        "a/b:0 (relu): 'a/b:0' is not a name\n  hint: a name is at most 200 letters, digits, _ and -, joined by dots",
        "1 (tanh): it is fused with the layer that it reads\n"
        "  hint: write the network from before calc deploy fused layers",
    ]
    named = graph.nodes[1]._replace(name="/" * 61)
    with pytest.raises(SpecError, match=f": '{'/' * 60}' is not a name"):
        spec_text(replace(graph, nodes=(graph.nodes[0], named, graph.nodes[2])))


def test_an_expert_returns_its_last_layer() -> None:
    layers = "{r: {linear: 3}, m: {experts: {expert: [relu, tanh], count: 3, active: 2}, from: [input, r]}}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    nodes = list(graph.nodes)
    combine = nodes[-1]
    nodes[-1] = combine._replace(inputs=(combine.inputs[0] - 1, *combine.inputs[1:]))
    with pytest.raises(SpecError) as caught:
        spec_text(replace(graph, nodes=tuple(nodes)))
    assert str(caught.value) == (
        "m.dispatch (dispatch): its experts return m.*.0, which is not their last layer\n"
        "  hint: an expert must end with the layer that it returns"
    )


def test_a_layer_in_an_expert_is_held_to_the_rules_for_names() -> None:
    layers = "{r: {linear: 3}, m: {experts: {expert: [relu, tanh], count: 3, active: 2}, from: [input, r]}}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    nodes = [node._replace(name="m.*.a/b") if node.name == "m.*.0" else node for node in graph.nodes]
    with pytest.raises(SpecError, match="'a/b' is not a name"):
        spec_text(replace(graph, nodes=tuple(nodes)))


def test_members_and_what_comes_out_of_them() -> None:
    layers = """
    r: {linear: 3}
    t: {tensor: {shape: [4]}}
    m: {experts: {expert: [{linear: 4, bits: 8}, relu], count: 3, active: 2}, from: [input, r], training_only: true}
    n: {experts: {expert: relu, count: 3, active: 2}, from: [input, r]}
    o: {again: n, from: [input, r]}
    x: {linear: 4, shares: m}
    """
    graph = graph_of(layers.replace("    x: {linear: 4, shares: m}\n", ""), input="{shape: [5, 4], channels: last}")
    r, t, m, n, o = entries_of(graph)
    assert (r.name, r.nodes, r.sources, r.flows, r.end) == ("r", range(1, 2), (0,), True, 1)
    assert (t.sources, t.flows, t.arguments) == ((), False, (4,))
    assert (m.nodes, m.flows, m.sources, m.training_only) == (range(3, 7), False, (0, 1), True)
    assert [(each.name, each.bits, each.training_only) for each in m.expert] == [
        ("m.*.0", 8, False),
        ("m.*.1", None, False),
    ]
    assert (n.expert[0].name, n.arguments, n.again) == ("n.*", {"count": 3, "active": 2}, None)
    assert (o.again, o.expert, o.word) == (7, (), "experts")
