"""Builds conv_transpose1d, 2d and 3d."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from calc.ops.conv_transpose import ConvTranspose
from verify.build.base.folding import folded
from verify.build.base.weights import ArrivingWeights

MODULES: dict[int, Callable[..., nn.Module]] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
FUNCTIONS: dict[int, Callable[..., torch.Tensor]] = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def build(op: ConvTranspose, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's module, or ArrivingWeights for leading axes and for weights as inputs."""
    axes = op.rank
    x = inputs[0]
    module = MODULES[axes](
        x.shape[-axes - 1],
        op.out_channels,
        op.kernel_size,
        stride=op.stride,
        padding=op.padding,
        output_padding=op.output_padding,
        groups=op.groups,
        bias=op.bias,
        dilation=op.dilation,
    )
    if len(inputs) == 1 and x.ndim == axes + 2:
        return module

    def convolve(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        return FUNCTIONS[axes](x, weight, bias, op.stride, op.padding, op.output_padding, op.groups, op.dilation)

    return ArrivingWeights(
        module, len(inputs) - 1, lambda x, weight, bias: folded(x, axes, lambda y: convolve(y, weight, bias))
    )
