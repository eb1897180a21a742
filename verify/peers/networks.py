"""The network that a counter is shown: the published one, or one built with torch.nn's own modules."""

from typing import Any

import torch
from torch import nn

from calc.graph import Graph
from calc.ops.multihead_attention import MultiheadAttention
from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from calc.spec import load
from calc.spec.expand import expand
from verify.build import Network, build
from verify.reference import build_reference


def network_of(spec: str, kind: str, params: dict[str, Any]) -> tuple[nn.Module, torch.Tensor]:
    """The network of ``spec`` in eval mode, and one input. ``kind``: ``reference`` or ``built``."""
    graph = expand(load(spec), params)
    inputs = Network.sample(graph, 1)
    if kind == "reference":
        assert graph.reference is not None
        return build_reference(graph.reference), inputs
    return _with_native_attention(build(graph), graph), inputs


def _with_native_attention(network: Network, graph: Graph) -> Network:
    """``network`` with its attention fused, as everyone else's: `verify` builds it from single products."""
    for node in graph.nodes[1:]:
        if isinstance(node.op, MultiheadAttention):
            _replace(network, node.name, _NativeMultihead(network.layers[node.name]))
        elif isinstance(node.op, ScaledDotProductAttention):
            _replace(network, node.name, _NativeProduct(node.op))
    return network


def _replace(network: Network, name: str, module: nn.Module) -> None:
    index = network.layer_names.index(name)
    network._layers = (*network._layers[:index], module, *network._layers[index + 1 :])
    network._place(name, module)


class _NativeMultihead(nn.Module):
    """torch.nn.MultiheadAttention, its tensors shared with the module it stands for."""

    def __init__(self, built: nn.Module) -> None:
        super().__init__()
        assert isinstance(built, nn.MultiheadAttention)
        self.attention = nn.MultiheadAttention(
            built.embed_dim,
            built.num_heads,
            bias=built.in_proj_bias is not None,
            kdim=built.kdim,
            vdim=built.vdim,
            batch_first=True,
        )

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        query, key, value = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
        output: torch.Tensor = self.attention(query, key, value, need_weights=False)[0]
        return output


class _NativeProduct(nn.Module):
    """torch.nn.functional.scaled_dot_product_attention."""

    def __init__(self, op: ScaledDotProductAttention) -> None:
        super().__init__()
        self.op = op

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        return nn.functional.scaled_dot_product_attention(
            q, k, v, mask, is_causal=self.op.is_causal, scale=self.op.scale, enable_gqa=self.op.enable_gqa
        )
