"""Finds the gelu that code writes out with the error function, as 0.5 · x · (1 + erf(x / √2)), in a program."""

from math import isclose, sqrt
from typing import Any

import torch
from torch import fx
from torch.export import ExportedProgram

from verify.importers.packets import packet

_aten = torch.ops.aten
_NUMBER_OF_PRODUCTS = 2


def with_gelus(program: ExportedProgram) -> ExportedProgram:
    """Replace each such gelu in the graph of ``program`` by one operation; returns ``program``."""
    graph = program.graph
    for erf in [node for node in graph.nodes if packet(node.target) == "erf"]:
        x = _argument(erf.args[0])
        result = None if x is None else _result(erf, x)
        if x is not None and result is not None:
            with graph.inserting_before(result):
                gelu = graph.call_function(_aten.gelu.default, (x,))
            gelu.meta = dict(result.meta)
            result.replace_all_uses_with(gelu)
            _erase(graph, result, x)
    return program


def _argument(scaled: Any) -> fx.Node | None:
    """x, if ``scaled`` is x / √2."""
    if not isinstance(scaled, fx.Node) or packet(scaled.target) not in ("div", "mul"):
        return None
    x, number = scaled.args[:2]
    if not isinstance(x, fx.Node) or not isinstance(number, (int, float)):
        return None
    wanted = sqrt(2) if packet(scaled.target) == "div" else sqrt(0.5)
    return x if isclose(number, wanted, rel_tol=1e-6) else None


def _result(erf: fx.Node, x: fx.Node) -> fx.Node | None:
    """The last of the products of 1 + ``erf`` with ``x`` and a half, in any order; None if there are others."""
    (shifted,) = [*erf.users] if len(erf.users) == 1 else [erf]
    if packet(shifted.target) != "add" or [each for each in shifted.args if each is not erf] != [1]:
        return None
    left: list[Any] = ["x", "half"]
    node = shifted
    while left:
        user = next(iter(node.users), node)
        factor = _factor(user, node, x) if len(node.users) == 1 else []
        if not factor or not set(factor) <= set(left):
            return None
        left = [each for each in left if each not in factor]
        node = user
    return node


def _factor(product: fx.Node, node: fx.Node, x: fx.Node) -> list[str]:
    """The factors of ``product`` besides ``node``: x, a half or both; empty for anything else."""
    name = packet(product.target)
    others = [each for each in product.args if each is not node]
    if name not in ("mul", "div") or len(product.args) != _NUMBER_OF_PRODUCTS or len(others) != 1:
        return []
    (other,) = others
    if other is x:
        return ["x"] if name == "mul" else []
    if isinstance(other, fx.Node) and name == "mul":
        return ["x", "half"] if x in other.args and _factor(other, x, x) == ["half"] else []
    is_half = other == (0.5 if name == "mul" else 2) and product.args[0] is node
    return ["half"] if is_half else []


def _erase(graph: fx.Graph, last: fx.Node, x: fx.Node) -> None:
    """Remove ``last`` and everything before it up to ``x`` that nothing reads."""
    pending = [last]
    while pending:
        node = pending.pop()
        if node is not x and node.op == "call_function" and not node.users:
            read = node.all_input_nodes
            graph.erase_node(node)
            pending += read
