"""Chains by the dotted names of layers."""

import pytest

from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import NamedChain, hierarchy
from tests.calc.spec.written import graph_of


def keys(chain: NamedChain) -> list[object]:
    """The keys in ``chain``, with those of a chain inside behind its own."""
    return [[each.key, keys(each)] if isinstance(each, NamedChain) else each.key for each in chain.members]


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ("{a: [relu, tanh], b: relu}", [["a", ["0", "1"]], "b"]),
        ("{a.b.c: relu, a.b.d: relu, a.e: relu}", [["a", [["b", ["c", "d"]], "e"]]]),
        ("{a.b: relu, c: relu, a.d: relu}", ["a.b", "c", "a.d"]),  # a name that begins twice is no chain
        ("{a: relu, a.b: relu, a.c: relu}", ["a", "a.b", "a.c"]),  # nor is one that a layer has
        ("{a.t: {tensor: {shape: [3]}}, b: relu}", ["a.t", "b"]),  # nor what nothing flows through
        ("{a: [relu, {tanh: , training_only: true}]}", ["a.0", "a.1"]),  # nor what is not run in part
    ],
)
def test_names_become_chains(layers: str, found: list[object]) -> None:
    graph = graph_of(layers)
    assert keys(hierarchy(graph, entries_of(graph))) == found


def test_what_enters_a_chain_and_what_it_passes_on() -> None:
    graph = graph_of("{a: relu, b: [tanh, {residual: [relu]}], c: {add: , from: [b, a]}}")
    (_, chain, _) = hierarchy(graph, entries_of(graph)).members
    assert isinstance(chain, NamedChain)
    assert (graph.nodes[chain.entry or 0].name, graph.nodes[chain.result].name) == ("a", "b.add")


def test_a_chain_that_runs_again_names_the_first() -> None:
    graph = graph_of(
        "{a: [{conv2d: {out_channels: 3, kernel_size: 1}}, relu], b: tanh, c: {again: a}, d: {again: a.1}}"
    )
    members = hierarchy(graph, entries_of(graph)).members
    assert [(each.key, each.again) for each in members if isinstance(each, NamedChain)] == [("a", ""), ("c", "a")]
