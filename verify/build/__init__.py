"""Builds a graph as a PyTorch network, whose state-dict keys are the names of the spec.

The layers come from the graph. Sizes that follow from their inputs come from the tensors of a first pass on the meta
device, never from `calc`.
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
"""Layers that cannot be built, by name."""


def build(graph: Graph, device: str | torch.device = "cpu", initialise: bool = True) -> Network:
    """The network that ``graph`` describes, in eval mode, on ``device``.

    ``initialise=False`` leaves the parameters as the memory was, for callers that set them all. On the
    ``meta`` device nothing is allocated, so the network may be larger than memory. Shared layers hold
    the same Parameter, and a layer that is fused writes over its input. Raises VerifyError naming the layer whose
    arguments or size torch refuses, and all those of which nobody knows what they compute.
    """
    _require_known(graph)
    alone = not any(node.op.refuses_one_sample(graph.input_shapes(node)) for node in graph.layers)
    arrivals = list(Network.sample(graph, 1 if alone else 2, "meta"))
    modules: list[nn.Module] = []
    alike: dict[Hashable, torch.Tensor] = {}  # blocks repeat: what is equal is passed through once
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
        fact = f"what these layers compute is not known: {', '.join(unknown[:MOST_NAMED])}{more}"
        raise VerifyError(f"{fact}; so the network cannot be built, run or verified", "write them with ops of calc")


@cache
def builder(word: str) -> Builder:
    """What builds the op ``word``: ``build(op, inputs)`` of its file here, or another distribution's entry point.

    Raises VerifyError where that cannot be loaded.
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
    except (Exception, SystemExit) as error:  # whatever the module raises when it is imported
        raise VerifyError(f"{named} cannot be loaded: {error}") from error

    @wraps(loaded)
    def build_outside(*arguments: Any, **layout: Any) -> nn.Module:
        try:
            module = loaded(*arguments, **layout)
        except Exception as error:  # whatever a faulty builder of another distribution does
            raise VerifyError(f"{named} fails: {type(error).__name__}: {error}") from error
        if not isinstance(module, nn.Module):
            raise VerifyError(f"{named} returns {type(module).__name__}, not a torch.nn.Module")
        return module

    return build_outside


def _layout(make: Builder, graph: Graph, node: Node) -> dict[str, int | None]:
    """Which axis holds the channels, for a builder that asks: the tensors that arrive cannot say."""
    if "channel_axis" not in signature(make).parameters:
        return {}
    return {"channel_axis": graph.nodes[node.inputs[0]].shape.channel_axis}


def _on_meta(
    module: nn.Module, inputs: tuple[torch.Tensor, ...], further: dict[str, torch.Tensor], node: Node
) -> torch.Tensor:
    """What ``module`` returns for ``inputs``, and ``further`` ones by name, on meta.

    A training-only layer that these are too small for never runs; the one after it is built from the
    shape that the graph gives it.
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
    """Let ``module`` hold the very Parameter ``name`` of ``owner``; a buffer only where it is that layer ``again``."""
    if isinstance(module, Copies):
        for copy, of_owner in zip(module.children(), owner.children(), strict=True):
            share_tensor(copy, of_owner, name, again)
        return
    name = name or owner.own_tensor  # type: ignore[assignment]  # what bears the layer's own name
    tensors = owner.state_dict(keep_vars=True) if again else dict(owner.named_parameters())
    if name in tensors:
        path, _, last = name.rpartition(".")
        setattr(module.get_submodule(path), last, tensors[name])
