"""Single layers: words and arguments, and what the language cannot say."""

from dataclasses import replace

import pytest

from calc.errors import SpecError
from calc.ops import op_class
from calc.spec.write import spec_text
from calc.spec.write.entries import bits_value, layer_of
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
    ],
)
def test_arguments_that_are_not_as_they_are_by_default(word: str, fields: dict[str, object], written: object) -> None:
    assert layer_of(op_class(word)(**fields)) == (word, written)


def test_bits_as_they_are_written() -> None:
    assert [bits_value(text) for text in ("8", "w4a8", "int4g128")] == [8, "w4a8", "int4g128"]


def test_all_that_cannot_be_said_is_said_at_once() -> None:
    graph = graph_of("[relu, tanh]")
    first, second = graph.nodes[1]._replace(name="a/b:0"), graph.nodes[2]._replace(fused=True)
    with pytest.raises(SpecError) as caught:
        spec_text(replace(graph, nodes=(graph.nodes[0], first, second)))
    assert [str(problem).partition("\n")[0] for problem in caught.value.problems] == [
        "a/b:0 (relu): 'a/b:0' is not a name",
        "1 (tanh): it is fused with what it reads",
    ]


def test_an_expert_returns_its_last_layer() -> None:
    layers = "{r: {linear: 3}, m: {experts: {expert: [relu, tanh], count: 3, active: 2}, from: [input, r]}}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    nodes = list(graph.nodes)
    combine = nodes[-1]
    nodes[-1] = combine._replace(inputs=(combine.inputs[0] - 1, *combine.inputs[1:]))
    with pytest.raises(SpecError, match=r"its experts return m\.\*\.0, which is not the last layer in them"):
        spec_text(replace(graph, nodes=tuple(nodes)))


def test_a_layer_in_an_expert_is_held_to_the_rules_for_names() -> None:
    layers = "{r: {linear: 3}, m: {experts: {expert: [relu, tanh], count: 3, active: 2}, from: [input, r]}}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    nodes = [node._replace(name="m.*.a/b") if node.name == "m.*.0" else node for node in graph.nodes]
    with pytest.raises(SpecError, match="'a/b' is not a name"):
        spec_text(replace(graph, nodes=tuple(nodes)))
