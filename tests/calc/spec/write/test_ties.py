"""Which layer shares or runs again names, and what no name can say."""

from dataclasses import replace
from typing import Any

import pytest

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.model.graph import Bits
from calc.spec.write.ties import first_experts, first_run, runs_again, shared_by
from tests.calc.spec.written import graph_of

IDS = "{shape: [5], dtype: int64}"
LAYERS = """
a: {embedding: {num_embeddings: 4, embedding_dim: 4}}
b: {linear: 4, shares: a}
c: {linear: 4, shares: b}
d: {again: b}
"""


def test_the_layer_that_ties_the_same() -> None:
    graph = graph_of(LAYERS, input=IDS)
    names = [node.name for node in graph.nodes]
    assert names[shared_by(graph, names.index("b"))] == "a"
    assert names[shared_by(graph, names.index("c"))] == "b"  # whose bias it has too
    assert names[first_run(graph, names.index("d"))] in ("b", "c")


def test_what_no_layer_has_is_refused() -> None:
    graph = graph_of(LAYERS, input=IDS)
    nodes = list(graph.nodes)
    nodes[3] = nodes[3]._replace(tied=FrozenDict({"bias": 2}))
    nodes[1] = nodes[1]._replace(again=True)
    wrong = replace(graph, nodes=tuple(nodes))
    for call, index, fact in (
        (shared_by, 3, "it shares tensors with b, but no single layer has all of them"),
        (first_run, 1, "it runs an earlier layer again, and none before it does the same"),
    ):
        with pytest.raises(OpError) as caught:
            call(wrong, index)
        assert (caught.value.fact, caught.value.hint) == (fact, "the language cannot express this")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"bits": Bits(4, 4)}, False),
        ({"inputs": (0, 0)}, False),
        ({"tied": FrozenDict()}, False),
        ({"name": "z"}, True),
    ],
)
def test_what_runs_again_is_the_same_in_all_that_is_written(change: dict[str, Any], same: bool) -> None:
    graph = graph_of("{a: {linear: 4}, b: relu, c: {again: a}, d: {again: b}}", input="{shape: [5, 4], channels: last}")
    assert first_run(graph, 3) == 1
    nodes = list(graph.nodes)
    nodes[3] = nodes[3]._replace(**change)
    graph = replace(graph, nodes=tuple(nodes))
    assert runs_again(graph, range(3, 4), range(1, 2)) is same
    assert not runs_again(graph, range(3, 4), range(2, 3))
    assert not runs_again(graph, range(3, 5), range(1, 2))


def test_experts_that_run_again() -> None:
    expert = "{experts: {expert: {linear: 4}, count: 3, active: 2}, from: [input, r]}"
    layers = f"{{r: {{linear: 3}}, m: {expert}, n: {expert}, o: {{again: n, from: [input, r]}}}}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    ranges = [range(2, 5), range(5, 8)]
    assert first_experts(graph, range(8, 11), ranges) == range(5, 8)
    with pytest.raises(OpError, match="none before it does the same"):
        first_experts(graph, range(8, 11), [range(2, 5), range(5, 7)])
