"""Inlines the parts of a program that torch.export puts into graphs of their own, such as code without autocast."""

import operator
from collections.abc import Iterator
from typing import Any

from torch import fx
from torch.export import ExportedProgram

_APART = ("wrap_with_set_grad_enabled", "wrap_with_autocast")


def inlined(program: ExportedProgram) -> ExportedProgram:
    """Replace such parts of ``program`` by their operations; returns ``program``."""
    graph = program.graph
    found = _first(graph)
    while found is not None:
        _inline(program.graph_module, graph, found)
        found = _first(graph)
    return program


def _first(graph: fx.Graph) -> fx.Node | None:
    return next((node for node in graph.nodes if getattr(node.target, "_name", "") in _APART), None)


def _inline(module: fx.GraphModule, graph: fx.Graph, node: fx.Node) -> None:
    at = next(index for index, each in enumerate(node.args) if isinstance(each, fx.Node) and each.op == "get_attr")
    part = node.args[at]
    assert isinstance(part, fx.Node)
    inner: fx.GraphModule = getattr(module, str(part.target))
    arrives: Iterator[Any] = iter(node.args[at + 1 :])
    places = {each: next(arrives) for each in inner.graph.nodes if each.op == "placeholder"}
    with graph.inserting_before(node):
        results = graph.graph_copy(inner.graph, places)
    several = results if isinstance(results, (tuple, list)) else (results,)
    for user in list(node.users):
        assert user.target is operator.getitem
        user.replace_all_uses_with(several[user.args[1]])  # type: ignore[index]  # a number, of a tuple of nodes
        graph.erase_node(user)
    graph.erase_node(node)
    if not part.users:
        graph.erase_node(part)
