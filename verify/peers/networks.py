"""Makes the network that a counter gets: the published one, or one that is built from the modules of torch.nn."""

from typing import Any

import torch
from torch import nn

from calc.model.graph import Graph, Node
from calc.ops.conv import Convolution
from calc.ops.deform_conv import DeformConv2d
from calc.ops.einsum import Einsum
from calc.ops.linear import Linear
from calc.ops.rotary import Rotary
from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from calc.spec import load
from calc.spec.expand import expand
from verify.build import Inputs, Network, build
from verify.build.base.padding import pad_argument, padded_by_hand, windows_of
from verify.build.base.weights import ArrivingWeights
from verify.build.batch_norm import BatchNormAt
from verify.build.conv import MODULES
from verify.build.layer_norm import LayerNormAt
from verify.build.recurrent import OneTensor, one_tensor
from verify.build.rotary import RotaryEmbedding
from verify.peers.written_out import CalledEinsum, TwoProducts
from verify.reference import build_reference


def network_of(spec: str, kind: str, params: dict[str, Any]) -> tuple[nn.Module, Inputs]:
    """Return the network of ``spec`` in eval mode, and one sample of its inputs.

    ``kind`` is ``reference`` or ``built``.
    """
    graph = expand(load(spec), params)
    inputs = Network.sample(graph, 1)
    if kind == "reference":
        assert graph.reference is not None
        return build_reference(graph.reference), inputs
    return _as_everyone_builds_it(build(graph), graph), inputs


def _as_everyone_builds_it(network: Network, graph: Graph) -> Network:
    """Return ``network`` with modules of torch.nn in place of those of ``verify``.

    Counters that hook the classes of torch.nn would not see those of ``verify``.
    """
    for node in graph.layers:
        sizes = graph.nodes[node.inputs[0]].shape.sizes if node.inputs else ()
        module = _plain(node, network.layers[node.name], sizes)
        if module is not None:
            index = network.layer_names.index(node.name)
            network._layers = (*network._layers[:index], module.eval(), *network._layers[index + 1 :])
            network._place(node.name, module)
    return network


def _plain(node: Node, built: nn.Module, sizes: tuple[int, ...]) -> nn.Module | None:
    op = node.op
    if isinstance(built, nn.MultiheadAttention):
        return Multihead(built)
    if isinstance(built, OneTensor):
        return Recurrent(built)
    if isinstance(built, nn.Bilinear):
        return nn.Bilinear(built.in1_features, built.in2_features, built.out_features, built.bias is not None)
    if isinstance(built, (BatchNormAt, LayerNormAt)):
        return MovedNorm(built)
    if isinstance(op, Linear) and isinstance(built, ArrivingWeights):
        built.calculate = _linear
    if isinstance(op, DeformConv2d):
        return _deformable(op, built)
    if isinstance(op, ScaledDotProductAttention) and op.is_causal != "lower_right" and op.sliding_window is None:
        return FusedProduct(op)
    if isinstance(op, Einsum):
        return CalledEinsum(op)
    if isinstance(op, Rotary):
        assert isinstance(built, RotaryEmbedding)
        return TwoProducts(op, built, node.shape.sizes[-2])
    if isinstance(op, Convolution):
        by_hand = padded_by_hand(op.padding, windows_of(op, op.rank))
        if by_hand and len(node.inputs) == 1:
            return _padded(op, built, sizes)
        if isinstance(built, ArrivingWeights):
            pads = pad_argument(op.padding, windows_of(op, op.rank), sizes[-op.rank :])
            return CalledConvolution(op, built, pads if by_hand or op.padding_mode != "zeros" else None)
    return None


def _padded(op: Convolution, built: nn.Module, sizes: tuple[int, ...]) -> nn.Module:
    """Return a padding layer, followed by the convolution."""
    weight = built.get_parameter("weight")
    convolution = MODULES[op.rank](
        weight.shape[1] * op.groups,
        op.out_channels,
        op.kernel_size,
        stride=op.stride,
        dilation=op.dilation,
        groups=op.groups,
        bias=op.bias,
    )
    pads = pad_argument(op.padding, windows_of(op, op.rank), sizes[-op.rank :])
    pad = {1: nn.ConstantPad1d, 2: nn.ConstantPad2d, 3: nn.ConstantPad3d}[op.rank]
    return nn.Sequential(pad(tuple(pads), 0.0), convolution)  # type: ignore[arg-type]  # as many as the axes need


def _linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Call torch.nn.functional.linear. It is looked up at every call, so that a counter may replace it."""
    return nn.functional.linear(x, weight, bias)


def _deformable(op: DeformConv2d, built: nn.Module) -> nn.Module:
    """Return torchvision.ops.DeformConv2d, which is a single op for a counter."""
    from torchvision import ops

    in_channels = built.get_parameter("weight").shape[1] * op.groups
    fields = {name: getattr(op, name) for name in ("kernel_size", "stride", "padding", "dilation", "groups", "bias")}
    module: nn.Module = ops.DeformConv2d(in_channels, op.out_channels, **fields)
    return module


class CalledConvolution(nn.Module):
    """A convolution of torch.nn.functional. It is looked up at every call, so that a counter may replace it.

    ``pads`` are those of a separate padding layer, or None if the convolution itself pads.
    """

    def __init__(self, op: Convolution, built: ArrivingWeights, pads: list[int] | None) -> None:
        super().__init__()
        self.op, self.pads = op, pads
        self.weight, self.bias = built.weight, built.bias

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor | None = None, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        op = self.op
        own = self.weight if weight is None else weight[0]
        added = self.bias if bias is None else bias[0]
        convolve = getattr(nn.functional, f"conv{op.rank}d")
        folded, padding = x.flatten(0, -op.rank - 2), op.padding
        if self.pads is not None:
            mode = "constant" if op.padding_mode == "zeros" else op.padding_mode
            folded, padding = nn.functional.pad(folded, self.pads, mode), 0
        out: torch.Tensor = convolve(folded, own, added, op.stride, padding, op.dilation, op.groups)
        return out.reshape(*x.shape[: -op.rank - 1], *out.shape[1:])


class Multihead(nn.Module):
    """torch.nn.MultiheadAttention in its fused form."""

    def __init__(self, built: nn.MultiheadAttention) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(
            built.embed_dim,
            built.num_heads,
            bias=built.in_proj_bias is not None,
            add_bias_kv=built.bias_k is not None,
            add_zero_attn=built.add_zero_attn,
            kdim=built.kdim,
            vdim=built.vdim,
            batch_first=True,
        )

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        query, key, value = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
        output: torch.Tensor = self.attention(query, key, value, need_weights=False)[0]
        return output


class MovedNorm(nn.Module):
    """torch.nn.BatchNorm1d or LayerNorm over an axis that is first moved to the place where the norm expects it."""

    def __init__(self, built: BatchNormAt | LayerNormAt) -> None:
        super().__init__()
        self.axis, self.place = (built.axis, 1) if isinstance(built, BatchNormAt) else (built.axis, -1)
        self.norm: nn.Module
        if isinstance(built, BatchNormAt):
            settings = {name: getattr(built, name) for name in ("momentum", "affine", "track_running_stats")}
            self.norm = nn.BatchNorm1d(built.num_features, built.eps, **settings)
        else:
            bias = built.bias is not None
            self.norm = nn.LayerNorm(built.normalized_shape, built.eps, built.elementwise_affine, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        moved = x.movedim(self.axis, self.place)
        normed: torch.Tensor = self.norm(moved.flatten(2) if self.place == 1 else moved)
        return normed.reshape(moved.shape).movedim(self.place, self.axis)


class Recurrent(nn.Module):
    """torch.nn.LSTM, GRU or RNN, returning one tensor of its outputs."""

    def __init__(self, built: OneTensor) -> None:
        super().__init__()
        self.returns = built.returns
        plain = next(kind for kind in (nn.LSTM, nn.GRU, nn.RNN) if isinstance(built, kind))
        settings: dict[str, Any] = {
            name: getattr(built, name) for name in ("num_layers", "bias", "batch_first", "bidirectional")
        }
        if built.proj_size:
            settings["proj_size"] = built.proj_size
        self.layer = plain(built.input_size, built.hidden_size, **settings)

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> torch.Tensor:
        return one_tensor(self.layer, self.layer.num_layers, self.returns, x, *states)


class FusedProduct(nn.Module):
    """torch.nn.functional.scaled_dot_product_attention."""

    def __init__(self, op: ScaledDotProductAttention) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {"is_causal": op.is_causal, "scale": op.scale, "enable_gqa": op.enable_gqa}

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        return nn.functional.scaled_dot_product_attention(q, k, v, mask, **self.settings)
