"""Which layer shares or runs again names, and what no name can say."""

from dataclasses import replace

import pytest

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.spec.write.ties import first_run, shared_by
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
    with pytest.raises(OpError, match="its tensors are those of b, and no single layer shares all of them"):
        shared_by(wrong, 3)
    with pytest.raises(OpError, match="runs an earlier layer again, and none before it does the same"):
        first_run(wrong, 1)
