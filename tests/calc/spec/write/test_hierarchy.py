"""Chains by the dotted names of layers."""

import pytest

from calc.spec import expand, loads
from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import NamedChain, hierarchy, nodes_of
from tests.calc.spec.write.test_chain import TOKENS
from tests.calc.spec.written import graph_of, text_of


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


def test_all_that_a_chain_is() -> None:
    graph = graph_of(
        """
        a: {chain: [relu, tanh], training_only: true}
        b: {x: {linear: 4}, y: {add: , from: [x, input]}}
        c: {chain: {x: {linear: 4}, d: {y: {add: , from: [c.x, b.x]}}, z: {add: , from: [x, b]}}}
        t: {chain: {x: relu, u: {tensor: {shape: [3]}}}}
        """,
        input=TOKENS,
    )
    entries = entries_of(graph)
    found = [
        (
            each.name,
            each.key,
            (each.start, each.stop),
            None if each.entry is None else graph.nodes[each.entry].name,
            graph.nodes[each.result].name,
            each.training_only,
            nodes_of(entries, each),
        )
        for each in (*hierarchy(graph, entries).chains(), hierarchy(graph, entries))
    ]
    assert found == [
        ("a", "a", (0, 2), "input", "a.1", True, range(1, 3)),
        ("b", "b", (2, 4), "input", "b.y", False, range(3, 5)),
        ("c.d", "d", (5, 6), None, "c.d.y", False, range(6, 7)),  # which reads two from outside
        ("c", "c", (4, 7), None, "c.z", False, range(5, 8)),
        ("t", "t", (7, 9), "c.z", "t.x", False, range(8, 10)),  # a tensor reads nothing, and is passed by
        ("", "", (0, 9), "input", "t.x", False, range(1, 10)),
    ]


@pytest.mark.parametrize(
    ("layers", "result"), [("[relu, {tensor: [3]}]", 1), ("[{tensor: [3]}, relu]", 2), ("[{tensor: [3]}]", 0)]
)
def test_what_a_network_passes_on(layers: str, result: int) -> None:
    graph = expand(loads(text_of(layers, more="output: ['0', input]\n")))
    assert hierarchy(graph, entries_of(graph)).result == result


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ("{a: [{linear: 4}, relu], b: {again: a}, c: [{again: a.0}, tanh]}", ["b is a"]),
        ("{a: [{linear: 4}, {linear: 4}], b: [{again: a.0}, {again: a.1}]}", ["b is a"]),
        ("{a: [{linear: 4}, {linear: 4}], b: [{again: a.1}, {again: a.0}]}", []),
        ("{a: [{linear: 4}, {linear: 4}], b: {x: {again: a.0}, y: {again: a.1}}}", []),  # other names in it
        ("{a: [{linear: 4}, {linear: 4}], b: [{again: a.0}, {linear: 4, shares: a.1}]}", []),
        ("{a: [{linear: 4}], b: [{again: a.0}, relu]}", []),
        ("{a: {x: {linear: 4}, y: {linear: 4, from: x}}, b: {x: {again: a.x}, y: {again: a.y, from: a}}}", []),
        (
            "{a: [{linear: 4}, {linear: 4}], b: {x: {again: a}, y: {again: a.1}}, c: {again: b.x}}",
            ["b.x is a", "c is a"],
        ),
    ],
)
def test_what_runs_again(layers: str, found: list[str]) -> None:
    graph = graph_of(layers, input=TOKENS)
    chains = list(hierarchy(graph, entries_of(graph)).chains())
    assert [f"{each.name} is {each.again}" for each in chains if each.again] == found
    assert not [each.members for each in chains if each.again and each.members]


def test_a_chain_that_is_none_keeps_the_chains_in_it() -> None:
    graph = graph_of("{a: {b: {c: relu, d: relu}, e: relu}, x: relu, a.f: relu}")
    root = hierarchy(graph, entries_of(graph))
    assert keys(root) == [["a.b", ["c", "d"]], "a.e", "x", "a.f"]
    assert [(each.name, each.key) for each in root.chains()] == [("a.b", "a.b")]
