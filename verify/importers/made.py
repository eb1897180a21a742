"""The tensors that a foreign network makes, or holds and does not save: no state dict has their values."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import fx
from torch.utils._pytree import tree_map_only

from verify.importers.foreign import Foreign
from verify.importers.lowering import Lowered


def unsaved_tensors(lowered: Lowered, foreign: Foreign) -> frozenset[str]:
    """The names of all layers that may hold such a tensor."""
    held = {**lowered.traced.program.constants, **foreign.tensors}
    return frozenset({*lowered.made, *held} - foreign.network.state_dict().keys())


def made_values(lowered: Lowered, held: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The values of what the code of the network makes, worked out by running the operations that make them.

    ``held``: every tensor that the network holds, by name. Raises KeyError for one that is not there.
    """
    program = lowered.traced.program
    known: dict[fx.Node, Any] = {}
    targets = {each.arg.name: each.target for each in program.graph_signature.input_specs if each.target is not None}
    with torch.no_grad():
        for node in _needed(lowered.made.values()):
            known[node] = held[targets[node.name]] if node.op == "placeholder" else _run(node, known)
    return {name: known[node] for name, node in lowered.made.items()}


def _needed(nodes: Iterable[fx.Node]) -> list[fx.Node]:
    """``nodes`` and all that they read, each after what it reads."""
    wanted: set[fx.Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in wanted:
            wanted.add(node)
            waiting += node.all_input_nodes
    return [node for node in next(iter(wanted)).graph.nodes if node in wanted] if wanted else []


def _run(node: fx.Node, known: Mapping[fx.Node, Any]) -> Any:
    args, kwargs = tree_map_only(fx.Node, known.__getitem__, (node.args, node.kwargs))
    assert callable(node.target)
    return node.target(*args, **kwargs)
