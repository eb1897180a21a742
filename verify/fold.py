"""Makes the weights of a deployed network: the norms of the original are folded into the layers before them.

The scale and shift of a norm come from no formula: the norm runs on zeros and on ones.
"""

from collections.abc import Container

import torch
from torch import nn

from calc.model.graph import Graph, Node
from verify.build import Network
from verify.build.base.experts import Copies
from verify.errors import VerifyError

State = dict[str, torch.Tensor]


def folded_state(original: Graph, network: Network, left: Container[str]) -> State:
    """Return the tensors of ``network``, built from ``original``, with all norms that are not in ``left`` folded.

    The layer whose output a folded norm reads does its work. The result also has the tensors of folded norms, and those
    of layers that run again, under each name. Raises VerifyError if the layer before a norm has no weights.
    """
    nodes, layers = original.nodes, network.layers
    state = network.state_dict() | _of_layers_again(original, network)
    does: dict[int, int] = {}
    for index, node in enumerate(nodes):
        if node.name in left or node.training_only:
            continue
        does[index] = at = does.get(node.inputs[0], node.inputs[0])
        layer, norm = nodes[at], layers[node.name]
        if layer.again or not any(True for _ in norm.buffers()):
            continue
        sizes = nodes[node.inputs[0]].shape.sizes
        for name, each in zip(layer.names, norm.children() if isinstance(norm, Copies) else (norm,), strict=True):
            if f"{name}.weight" not in state:
                raise VerifyError(f"cannot be folded, because {layer.name} before it has no weights", layer=node.name)
            _fold(state, name, layer, each, sizes)
    return state


def _of_layers_again(original: Graph, network: Network) -> State:
    held = network.state_dict()
    return {
        f"{name}.{tensor}": held[f"{of_owner}.{tensor}"]
        for node in original.nodes
        for tensor, owner in node.tied.items()
        for name, of_owner in zip(node.names, original.nodes[owner].names, strict=True)
        if node.again and f"{of_owner}.{tensor}" in held
    }


def _fold(state: State, name: str, layer: Node, norm: nn.Module, sizes: tuple[int, ...]) -> None:
    """Fold ``norm`` into the weight and bias of the layer ``name``, whose output has the ``sizes``."""
    weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
    channel_axis = -1 if weight.ndim == 2 else 1 - weight.ndim
    scale, shift = scale_and_shift(norm, sizes, channel_axis, weight.dtype)
    state[f"{name}.weight"] = _scaled(weight, scale, layer)
    state[f"{name}.bias"] = shift if bias is None else bias * scale + shift


def scale_and_shift(
    norm: nn.Module, sizes: tuple[int, ...], channel_axis: int, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the factor and the addend of ``norm`` for each channel, found by running it on inputs of ``sizes``."""
    with torch.no_grad():
        shifts = norm(torch.zeros(1, *sizes, dtype=dtype))
        scales = norm(torch.ones(1, *sizes, dtype=dtype)) - shifts
    scale, shift = (each.movedim(channel_axis, 0).flatten(1)[:, 0] for each in (scales, shifts))
    return scale, shift


def _scaled(weight: torch.Tensor, scale: torch.Tensor, layer: Node) -> torch.Tensor:
    """Return ``weight`` times ``scale`` by output channel.

    In a transposed convolution this is the second axis, per group.
    """
    groups = getattr(layer.op, "groups", 1)
    ones = (1,) * (weight.ndim - 2)
    if layer.op.word.startswith("conv_transpose"):
        by_group = weight.view(groups, -1, *weight.shape[1:]) * scale.view(groups, 1, -1, *ones)
        return by_group.view(weight.shape)
    return weight * scale.view(-1, 1, *ones)
