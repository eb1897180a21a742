"""Specs written in a line or two, and what the tests read off the graph."""

import textwrap

import pytest

from calc.errors import SpecError
from calc.model.graph import Graph
from calc.spec import expand, loads


def text_of(layers: str, *, input: str = "[3, 8, 8]", params: str = "", blocks: str = "", more: str = "") -> str:  # noqa: A002
    """A whole spec around ``layers``; each part is YAML at no indentation."""
    parts = {"name": "written", "input": input, "params": params, "blocks": blocks, "layers": layers}
    text = "".join(f"{key}:\n{textwrap.indent(textwrap.dedent(part), '  ')}\n" for key, part in parts.items() if part)
    return text.replace("name:\n  written", "name: written") + more


def graph_of(layers: str, **parts: str) -> Graph:
    """The graph of a spec in parts."""
    return expand(loads(text_of(layers, **parts)))


def names(graph: Graph) -> list[str]:
    """The layers' names in order, the input left out."""
    return [node.name for node in graph.nodes[1:]]


def words(graph: Graph) -> list[str]:
    """``name: op`` of each layer in order."""
    return [f"{node.name}: {node.op.word}" for node in graph.nodes[1:]]


def reads(graph: Graph, name: str) -> list[str]:
    """The names of the layers whose outputs ``name`` reads."""
    (node,) = [node for node in graph.nodes if node.name == name]
    return [graph.nodes[index].name for index in node.inputs]


def sizes(graph: Graph, name: str) -> tuple[int, ...]:
    """The output's sizes of the layer ``name``."""
    (node,) = [node for node in graph.nodes if node.name == name]
    return node.shape.sizes


def refusal(layers: str, **parts: str) -> str:
    """What is said about a spec that is refused."""
    with pytest.raises(SpecError) as caught:
        graph_of(layers, **parts)
    return str(caught.value)
