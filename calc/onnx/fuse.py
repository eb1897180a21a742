"""Merges several nodes that an exporter writes for one op: a GELU, x · (1 + erf(x / √2)) / 2, and guards
against NaN.
"""

from collections.abc import Mapping
from math import isclose, sqrt
from typing import NamedTuple

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.onnx.model import OnnxNode, Subgraph
from calc.onnx.stored import FileTensor

GELU_OPSET = 20
"""From this opset on, ONNX has a Gelu op."""


class _Wiring(NamedTuple):
    """For each name, the node that computes it, the nodes that read it, and its number if it is one."""

    makers: Mapping[str, OnnxNode]
    readers: Mapping[str, list[OnnxNode]]
    outputs: frozenset[str]
    numbers: Mapping[str, float]

    def only_reader(self, name: str, op: str) -> OnnxNode | None:
        """Return the node of ``op`` that alone reads ``name``, or None."""
        found = self.readers.get(name, [])
        alone = len(found) == 1 and name not in self.outputs and found[0].op == op and not found[0].domain
        return found[0] if alone else None

    def other(self, node: OnnxNode, name: str) -> str:
        """Return the operand of ``node`` that is not ``name``."""
        left, right = node.inputs
        return right if left == name else left

    def is_number(self, name: str, number: float) -> bool:
        """Return whether ``name`` is nearly that number."""
        found = self.numbers.get(name)
        return found is not None and isclose(found, number, rel_tol=1e-3)


def without_guards(graph: Subgraph) -> Subgraph:
    """Return ``graph`` without guards that replace NaN by a number: ``Where(IsNaN(x), 0, x)`` is x wherever x is a
    number.
    """
    asked = {node.outputs[0]: node.inputs[0] for node in graph.nodes if node.op == "IsNaN" and not node.domain}
    if not asked:
        return graph
    numbers = _wiring(graph).numbers
    nodes = []
    for node in graph.nodes:
        of = [asked.get(name, "") for name in node.inputs[:1]]
        if node.op == "Where" and of == [node.inputs[2]] and node.inputs[1] in numbers:
            node = node._replace(op="Identity", inputs=node.inputs[2:], attributes=FrozenDict())
        nodes.append(node)
    read = {name for node in nodes for name in node.inputs} | {*graph.outputs}
    return graph._replace(nodes=tuple([node for node in nodes if node.op != "IsNaN" or node.outputs[0] in read]))


def with_gelu(graph: Subgraph) -> Subgraph:
    """Return ``graph`` with one node for each GELU that is written as several."""
    erfs = [node for node in graph.nodes if node.op == "Erf" and not node.domain]
    if not erfs:
        return graph
    wiring = _wiring(graph)
    gone: set[str] = set()
    made: dict[str, OnnxNode] = {}
    for erf in erfs:
        found = _gelu(wiring, erf)
        if found is not None:
            x, nodes = found
            last = nodes[-1]
            gone.update([node.outputs[0] for node in nodes])
            made[last.outputs[0]] = last._replace(
                op="Gelu", inputs=(x,), attributes=FrozenDict(), opset=max(last.opset, GELU_OPSET)
            )
    nodes = []
    for node in graph.nodes:
        first = node.outputs[0] if node.outputs else ""
        if first in made:
            nodes.append(made[first])
        elif first not in gone:
            nodes.append(node)
    return graph._replace(nodes=tuple(nodes))


def _gelu(wiring: _Wiring, erf: OnnxNode) -> tuple[str, list[OnnxNode]] | None:
    """Return the input of the GELU around ``erf``, and its nodes, of which the last gives the output."""
    scaled = wiring.makers.get(erf.inputs[0])
    if scaled is None or len(scaled.inputs) != 2 or wiring.only_reader(erf.inputs[0], "Erf") is None:
        return None
    x = scaled.inputs[0]
    if scaled.op == "Mul" and wiring.is_number(x, sqrt(0.5)):
        x = scaled.inputs[1]
    factor = {"Div": sqrt(2), "Mul": sqrt(0.5)}.get(scaled.op)
    if factor is None or not wiring.is_number(wiring.other(scaled, x), factor):
        return None
    plus = wiring.only_reader(erf.outputs[0], "Add")
    if plus is None or not wiring.is_number(wiring.other(plus, erf.outputs[0]), 1):
        return None
    times = wiring.only_reader(plus.outputs[0], "Mul")
    if times is None:
        return None
    beside = wiring.other(times, plus.outputs[0])
    nodes = [scaled, erf, plus, times]
    halved = wiring.makers.get(beside)
    if halved is not None and halved.op == "Mul" and x in halved.inputs:
        is_half = wiring.is_number(wiring.other(halved, x), 0.5) and wiring.only_reader(beside, "Mul") is not None
        return (x, [halved, *nodes]) if is_half else None
    last = wiring.only_reader(times.outputs[0], "Mul")
    if last is None:
        return None
    rest = (beside, wiring.other(last, times.outputs[0]))
    fits = any(first == x and wiring.is_number(second, 0.5) for first, second in (rest, rest[::-1]))
    return (x, [*nodes, last]) if fits else None


def _wiring(graph: Subgraph) -> _Wiring:
    readers: dict[str, list[OnnxNode]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    makers = {name: node for node in graph.nodes for name in node.outputs}
    tensors = dict(graph.tensors)
    numbers: dict[str, float] = {}
    for node in graph.nodes:
        if node.op == "Constant" and node.outputs:
            value = node.attributes.get("value", node.attributes.get("value_float"))
            if isinstance(value, FileTensor):
                tensors[node.outputs[0]] = value
            elif isinstance(value, float):
                numbers[node.outputs[0]] = value
    for name, tensor in tensors.items():
        if tensor.elements == 1 and tensor.type != "string":
            try:
                numbers[name] = float(tensor.numbers().reshape(-1)[0])
            except OpError:
                continue  # a layer that uses the tensor reports that it cannot be read
    return _Wiring(makers, readers, frozenset(graph.outputs), numbers)
