"""The weights of a deployed network: those of the network as it is written, its norms folded into the layers before.

What a norm does to a channel is not taken from a formula: the norm is run, on zeros and on ones.
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
    """The tensors of ``network``, built of ``original``, where only the layers named in ``left`` are left.

    Each norm that is gone is done by the layer whose output it read. The tensors of what is gone are still in it, and
    so are those of layers that run again, under each name. Raises VerifyError where that layer has no weights.
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
                raise VerifyError(f"is gone, and {layer.name} before it has no weights", layer=node.name)
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
    """Let the weight and the bias of the layer ``name`` do what ``norm`` does; it puts out ``sizes``."""
    weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
    channel_axis = -1 if weight.ndim == 2 else 1 - weight.ndim
    scale, shift = scale_and_shift(norm, sizes, channel_axis, weight.dtype)
    state[f"{name}.weight"] = _scaled(weight, scale, layer)
    state[f"{name}.bias"] = shift if bias is None else bias * scale + shift


def scale_and_shift(
    norm: nn.Module, sizes: tuple[int, ...], channel_axis: int, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """What ``norm`` multiplies each channel with and adds to it, seen by running it; its inputs have ``sizes``."""
    with torch.no_grad():
        shifts = norm(torch.zeros(1, *sizes, dtype=dtype))
        scales = norm(torch.ones(1, *sizes, dtype=dtype)) - shifts
    scale, shift = (each.movedim(channel_axis, 0).flatten(1)[:, 0] for each in (scales, shifts))
    return scale, shift


def _scaled(weight: torch.Tensor, scale: torch.Tensor, layer: Node) -> torch.Tensor:
    """``weight`` times ``scale`` by output channel: in a transposed convolution the second axis, group by group."""
    groups = getattr(layer.op, "groups", 1)
    ones = (1,) * (weight.ndim - 2)
    if layer.op.word.startswith("conv_transpose"):
        by_group = weight.view(groups, -1, *weight.shape[1:]) * scale.view(groups, 1, -1, *ones)
        return by_group.view(weight.shape)
    return weight * scale.view(-1, 1, *ones)
