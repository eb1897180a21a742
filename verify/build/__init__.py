"""Builds a graph as a PyTorch network. The names of the spec are the keys of its state dict.

The layers come from the graph. Sizes that follow from inputs come from the tensors of a first pass on the meta device,
never from `calc`.
"""

from collections.abc import Callable, Hashable
from functools import cache, wraps
from importlib import import_module
from inspect import signature
from typing import Any

import torch
from torch import nn

from calc.model.graph import Graph, Node
from calc.ops import FILES, MADE, outside
from verify.build.base.experts import Copies
from verify.build.base.in_place import write_in_place
from verify.build.initialise import skipping_initialisers
from verify.build.network import Inputs, Network, scores_read
from verify.errors import VerifyError, refused

__all__ = ["Inputs", "Network", "build"]

Builder = Callable[..., nn.Module]
MOST_NAMED = 20
"""The number of layers that a message lists."""


def build(graph: Graph, device: str | torch.device = "cpu", initialise: bool = True) -> Network:
    """Build the network that ``graph`` describes, in eval mode, on ``device``.

    ``initialise=False`` leaves the parameters uninitialised, for callers that set them all. On the ``meta`` device
    nothing is allocated, so the network may be larger than memory. Layers that share tensors hold the same Parameter,
    and a fused layer writes over its input. Raises VerifyError with the layer that torch refuses, and with all layers
    whose computation is not known.
    """
    _require_known(graph)
    alone = not any(node.op.refuses_one_sample(graph.input_shapes(node)) for node in graph.layers)
    arrivals = list(Network.sample(graph, 1 if alone else 2, "meta"))
    modules: list[nn.Module] = []
    alike: dict[Hashable, torch.Tensor] = {}  # blocks repeat, so each different layer runs once
    scores, first = scores_read(graph), len(graph.inputs)
    for index, node in enumerate(graph.layers, first):
        inputs = tuple(arrivals[source] for source in node.inputs)
        make = builder(node.op.word)
        layout = _layout(make, graph, node)
        further: dict[str, torch.Tensor] = {}
        try:
            with torch.device(device), skipping_initialisers(not initialise):
                made = [make(node.op, inputs, **layout) for _ in range(node.copies)]
                module = made[0]
                if index in scores and node.experts is not None:
                    further["scores"] = arrivals[scores[index]]
                    module = Copies(made, node.experts.active, tuple(graph.nodes[i].batched for i in node.inputs))
            if node.fused:
                write_in_place(module)
            modules.append(module)
            for name, owner in node.tied.items():
                share_tensor(module, modules[owner - first], name, node.again)
            arriving = [(tensor.shape, tensor.stride(), tensor.dtype) for tensor in inputs]
            key = (node.op, node.output, node.training_only, node.experts, *layout.values(), *arriving)
            if key not in alike or node.experts is not None:
                alike[key] = _on_meta(module.eval(), inputs, further, node)
            arrivals.append(alike[key])
        except (RuntimeError, ValueError) as error:
            raise refused(error, node.name) from error
    return Network(graph, modules).eval()


def _require_known(graph: Graph) -> None:
    unknown = [f"{node.name} ({node.op.values().get('op', node.op.word)})" for node in graph.layers if node.op.unknown]
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if unknown[MOST_NAMED:] else ""
        fact = f"the computation of these layers is not known: {', '.join(unknown[:MOST_NAMED])}{more}"
        raise VerifyError(f"{fact}; the network cannot be built, run or verified", "write them with ops of calc")


@cache
def builder(word: str) -> Builder:
    """Return the function ``build(op, inputs)`` for the op ``word``, from its file here or an entry point.

    Raises VerifyError if it cannot be loaded.
    """
    file = FILES.get(word) or MADE.get(word)
    if file is not None:
        found: Builder = import_module(f"verify.build.{file}").build
        return found
    point = outside().builders.get(word)
    if point is None:
        raise VerifyError(f"the op {word} has no builder")
    named = f"the builder of {word}, {point.value},"
    try:
        loaded: Builder = point.load()
        signature(loaded)
    except (Exception, SystemExit) as error:  # the import may raise anything
        raise VerifyError(f"{named} cannot be loaded: {error}") from error

    @wraps(loaded)
    def build_outside(*arguments: Any, **layout: Any) -> nn.Module:
        try:
            module = loaded(*arguments, **layout)
        except Exception as error:  # a builder of another package may raise anything
            raise VerifyError(f"{named} fails: {type(error).__name__}: {error}") from error
        if not isinstance(module, nn.Module):
            raise VerifyError(f"{named} returns {type(module).__name__}, not a torch.nn.Module")
        return module

    return build_outside


def _layout(make: Builder, graph: Graph, node: Node) -> dict[str, int | None]:
    """Return the argument ``channel_axis`` for a builder that has it, as the input tensors do not show this axis."""
    if "channel_axis" not in signature(make).parameters:
        return {}
    return {"channel_axis": graph.nodes[node.inputs[0]].shape.channel_axis}


def _on_meta(
    module: nn.Module, inputs: tuple[torch.Tensor, ...], further: dict[str, torch.Tensor], node: Node
) -> torch.Tensor:
    """Run ``module`` on ``inputs``, and ``further`` inputs by name, on meta.

    If the inputs are too small for a training-only layer, which never runs, the output has the shape that the graph
    gives.
    """
    own = (*module.named_parameters(), *module.named_buffers())
    tensors = {name: tensor.detach().to("meta") for name, tensor in own}
    try:
        with torch.no_grad():
            output: torch.Tensor = torch.func.functional_call(module, tensors, inputs, further)
    except RuntimeError:
        if node.training_only:
            return torch.empty(1, *node.shape.sizes, device="meta")
        raise
    return output


def share_tensor(module: nn.Module, owner: nn.Module, name: str, again: bool = False) -> None:
    """Give ``module`` the Parameter ``name`` of ``owner``, or also a buffer if it is the same layer run ``again``."""
    if isinstance(module, Copies):
        for copy, of_owner in zip(module.children(), owner.children(), strict=True):
            share_tensor(copy, of_owner, name, again)
        return
    name = name or owner.own_tensor  # type: ignore[assignment]  # the tensor with the layer's own name
    tensors = owner.state_dict(keep_vars=True) if again else dict(owner.named_parameters())
    if name in tensors:
        path, _, last = name.rpartition(".")
        setattr(module.get_submodule(path), last, tensors[name])
