"""What nodes and chains are called inside other chains and blocks."""

from dataclasses import replace

import pytest

from calc.errors import OpError
from calc.model.graph import Graph
from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import NamedChain, hierarchy
from calc.spec.write.wiring import Reader, Wiring
from tests.calc.spec.write.test_chain import TOKENS
from tests.calc.spec.written import graph_of

LAYERS = """
l: relu
r: {linear: 3}
a: {chain: {l: tanh, x: {l: gelu, y: {add: , from: [l, input]}}, z: {linear: 4}}, from: l}
m: {experts: {expert: relu, count: 3, active: 2}, from: [a, r]}
t: {chain: {l: tanh, k: tanh}, training_only: true}
"""


def parts(layers: str, **given: str) -> tuple[Graph, NamedChain, Wiring, dict[str, NamedChain]]:
    """The graph, the chain of all layers, the names, and the chains by name."""
    graph = graph_of(layers, **given)
    root = hierarchy(graph, entries_of(graph))
    return graph, root, Wiring(graph, root), {each.name: each for each in root.chains()}


@pytest.mark.parametrize(
    ("node", "scope", "name"),
    [
        ("l", "", "l"),
        ("a.l", "", "a.l"),
        ("a.l", "a", "l"),
        ("a.x.l", "a.x", "l"),
        ("a.l", "a.x", "a.l"),
        ("a.x.y", "a", "x"),  # what a chain passes on is called as it is
        ("a.x.y", "", "a.x"),
        ("a.x.y", "a.x", "y"),  # in the chain it is not complete
        ("a.z", "", "a"),
        ("a.z", "a", "z"),
        ("m.combine", "", "m"),
        ("t.k", "t", "k"),
        ("t.k", "", "t.k"),  # nothing comes out of what is not run
        ("input", "", "input"),
        ("input", "a", "input"),
    ],
)
def test_what_a_node_is_called(node: str, scope: str, name: str) -> None:
    graph, root, wiring, _ = parts(LAYERS, input=TOKENS)
    index = next(at for at, each in enumerate(graph.nodes) if each.name == node)
    assert wiring.name(index, Reader(scope, root)) == name


@pytest.mark.parametrize(
    ("name", "scope", "written"),
    [
        ("a", "", "a"),
        ("a.x", "a", "x"),
        ("a.x.y", "a", "x.y"),
        ("a.x.y", "a.x", "y"),
        ("a.l", "a.x", "a.l"),
        ("m", "a.x", "m"),
        ("t", "", "t"),
    ],
)
def test_what_runs_again_is_called(name: str, scope: str, written: str) -> None:
    _, root, wiring, _ = parts(LAYERS, input=TOKENS)
    assert wiring.again(name, Reader(scope, root)) == written


def test_what_a_nearer_layer_hides_has_no_name() -> None:
    _, root, wiring, chains = parts(LAYERS, input=TOKENS)
    for reader, said in (
        (Reader("a", root), "l cannot be named in a"),
        (Reader("a.x", chains["a"]), "l cannot be named in a.x"),
    ):
        for call in (lambda at: wiring.name(1, at), lambda at: wiring.again("l", at)):
            with pytest.raises(OpError) as caught:
                call(reader)
            assert (caught.value.fact, caught.value.hint) == (said, "calc write --flat can")


def test_what_enters_a_block_is_its_input() -> None:
    layers = "{r: relu, a: {x: tanh, y: {add: , from: [x, r]}, k: {z: {add: , from: [y, r]}}}}"
    _, root, wiring, chains = parts(layers)
    block = chains["a"]
    assert [wiring.name(1, Reader(scope, block)) for scope in ("a", "a.k")] == ["input", "input"]
    assert wiring.name(2, Reader("a", block)) == "x"
    assert wiring.name(1, Reader("a", root)) == "r"
    _, _, wiring, chains = parts("{r: relu, a: {input: tanh, y: {add: , from: [input, r]}}}")
    assert wiring.name(1, Reader("a", chains["a"])) == "r"  # since input is a layer there


def test_the_input_of_the_network_is_none_of_a_block_that_reads_others_first() -> None:
    _, _, wiring, chains = parts("{r: relu, a: {x: {add: , from: [r, input]}, y: {add: , from: [x, input]}}}")
    block = replace(chains["a"], inputs=(1,))
    assert wiring.name(0, Reader("a", block)) == "network.input"
    assert wiring.name(1, Reader("a", block)) == "input"


def test_inputs_that_have_names() -> None:
    layers = "{a: {x: relu, y: {add: , from: [x, network.x]}}, b: {add: , from: [a, z]}}"
    _, root, wiring, chains = parts(layers, input="{x: [3, 4], z: [3, 4]}")
    assert wiring.name(0, Reader("", root)) == "x"
    assert wiring.name(1, Reader("", root)) == "z"
    assert wiring.name(0, Reader("a", root)) == "x"
    assert wiring.name(2, Reader("a", root)) == "a.x"  # x alone is the input
    assert wiring.name(0, Reader("a", chains["a"])) == "input"
