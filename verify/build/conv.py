"""Builds conv1d, conv2d and conv3d."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from calc.ops.conv import Convolution
from verify.build.base.folding import folded
from verify.build.base.padding import pad_argument, padded_by_hand, windows_of
from verify.build.base.weights import ArrivingWeights

MODULES: dict[int, Callable[..., nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
FUNCTIONS: dict[int, Callable[..., torch.Tensor]] = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


def build(op: Convolution, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's module, or ArrivingWeights for leading axes, weights as inputs and other padding."""
    axes = op.rank
    x = inputs[0]
    windows = windows_of(op, axes)
    by_hand = padded_by_hand(op.padding, windows)
    module = MODULES[axes](
        x.shape[-axes - 1],
        op.out_channels,
        op.kernel_size,
        stride=op.stride,
        padding=0 if by_hand else op.padding,
        dilation=op.dilation,
        groups=op.groups,
        bias=op.bias,
        padding_mode=op.padding_mode,
    )
    if len(inputs) == 1 and x.ndim == axes + 2 and not by_hand:
        return module

    mode = "constant" if op.padding_mode == "zeros" else op.padding_mode

    def convolve(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        if not by_hand and mode == "constant":
            return FUNCTIONS[axes](x, weight, bias, op.stride, op.padding, op.dilation, op.groups)
        pads = pad_argument(op.padding, windows, x.shape[-axes:])
        return FUNCTIONS[axes](functional.pad(x, pads, mode), weight, bias, op.stride, 0, op.dilation, op.groups)

    return ArrivingWeights(
        module, len(inputs) - 1, lambda x, weight, bias: folded(x, axes, lambda y: convolve(y, weight, bias))
    )
