"""Expands functions that a file defines itself where they are called."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from calc.frozen import FrozenDict
from calc.onnx.model import OnnxNode, Subgraph

DEEPEST_CALL = 50

Function = tuple[tuple[str, ...], tuple[str, ...], tuple[OnnxNode, ...]]
"""The names of its inputs and outputs, and its nodes."""


class AttributeOf(NamedTuple):
    """An attribute of a node in a function that refers to an attribute of the function's call."""

    name: str


def written_out(
    nodes: tuple[OnnxNode, ...], functions: Mapping[tuple[str, ...], Function], most: int
) -> tuple[tuple[OnnxNode, ...], list[tuple[OnnxNode, str]]]:
    """Return ``nodes`` with each call of one of ``functions`` expanded, and why other calls cannot be."""
    if not functions:
        return nodes, []
    found: list[OnnxNode] = []
    faults: list[tuple[OnnxNode, str]] = []
    waiting = [(node, 0) for node in reversed(nodes)]
    while waiting:
        node, depth = waiting.pop()
        function = functions.get((node.domain, node.op))
        if function is None:
            found.append(node)
        elif depth >= DEEPEST_CALL:
            faults.append((node, f"functions call functions more than {DEEPEST_CALL} deep"))
        elif len(found) + len(waiting) + len(function[2]) > most:
            faults.append((node, f"with functions expanded there are more than {most:,} nodes"))
            break
        else:
            waiting += [(each, depth + 1) for each in reversed(_called(node, function))]
    return tuple(found), faults


def _called(call: OnnxNode, function: Function) -> list[OnnxNode]:
    """Return the nodes of ``function`` with the names and attributes of ``call``; inner names are made unique."""
    inputs, outputs, nodes = function
    prefix = call.name or next(filter(None, call.outputs), call.op)
    names = dict(zip(inputs, (*call.inputs, *[""] * len(inputs)), strict=False))
    names |= {name: given for name, given in zip(outputs, call.outputs, strict=False) if given}
    made = _Renamed(prefix, names)
    return [
        node._replace(
            name=f"{prefix}/{node.name or node.at}",
            inputs=made.all(node.inputs),
            outputs=made.all(node.outputs),
            attributes=_attributes(node, call, made),
        )
        for node in nodes
    ]


def _attributes(node: OnnxNode, call: OnnxNode, names: "_Renamed") -> FrozenDict[str, Any]:
    found = {}
    for key, value in node.attributes.items():
        if isinstance(value, AttributeOf):
            if value.name in call.attributes:
                found[key] = call.attributes[value.name]
        elif isinstance(value, Subgraph):
            found[key] = names.subgraph(value)
        else:
            found[key] = value
    return FrozenDict(found)


class _Renamed:
    """New names for names inside a function: the name in the call if there is one, else prefixed with the call."""

    def __init__(self, prefix: str, names: Mapping[str, str]) -> None:
        self.prefix = prefix
        self.names = dict(names)

    def all(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple([self.names.setdefault(name, f"{self.prefix}/{name}") if name else "" for name in names])

    def subgraph(self, graph: Subgraph) -> Subgraph:
        nodes = tuple(
            [
                node._replace(
                    inputs=self.all(node.inputs),
                    outputs=self.all(node.outputs),
                    attributes=FrozenDict(
                        {
                            key: self.subgraph(value) if isinstance(value, Subgraph) else value
                            for key, value in node.attributes.items()
                        }
                    ),
                )
                for node in graph.nodes
            ]
        )
        (*tensors,) = self.all(tuple(graph.tensors))
        renamed = dict(zip(tensors, graph.tensors.values(), strict=True))
        return Subgraph(nodes, FrozenDict(renamed), self.all(graph.inputs), self.all(graph.outputs))
