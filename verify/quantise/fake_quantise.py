"""Fake quantisation with a straight-through gradient, bit for bit equal to PyTorch's.

The arithmetic is that of torch.fake_quantize_per_tensor_affine and its per-channel form, in float32: the value is
*multiplied* by 1 / scale (a division would round some ties the other way) and rounded half to even, and then the zero
point is added. There is one difference: if value / scale does not fit in int64, PyTorch's per-channel kernel wraps
around, and this code saturates.
"""

from typing import Any

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError

MIN_SCALE = 2.0**-126  # the smallest normal float32, so that its inverse is finite
MAX_SCALE = 2.0**110  # a difference of 16-bit codes times this is finite


def check_values(values: Tensor) -> None:
    """Raise QuantiseError unless ``values`` is a float32 tensor with elements, none of which is NaN or infinite."""
    if values.dtype != torch.float32:
        raise QuantiseError(f"a tensor of {values.dtype} cannot be quantised", "convert it to torch.float32")
    if values.numel() == 0:
        raise QuantiseError(f"a tensor of shape {tuple(values.shape)} has no elements to quantise")
    lowest, highest = torch.aminmax(values.detach())
    if not (torch.isfinite(lowest) & torch.isfinite(highest)):
        bad = values.numel() - int(values.isfinite().sum())
        raise QuantiseError(f"{bad} of {values.numel()} values are NaN or infinite")


def check_grid(scale: Tensor, zero_point: Tensor, qmin: int, qmax: int) -> None:
    """Raise QuantiseError unless every scale is a usable float32 and every zero point an int32 from qmin to qmax."""
    if scale.dtype != torch.float32 or zero_point.dtype != torch.int32:
        raise QuantiseError(
            f"the scale is {scale.dtype} and the zero point {zero_point.dtype}, "
            "but they must be torch.float32 and torch.int32"
        )
    if scale.shape != zero_point.shape:
        raise QuantiseError(f"{scale.numel()} scales, but {zero_point.numel()} zero points")
    usable = (scale >= MIN_SCALE) & (scale <= MAX_SCALE)
    if not usable.all():
        raise QuantiseError(f"a scale of {scale[~usable][0].item()} is not from {MIN_SCALE} to {MAX_SCALE}")
    inside = (zero_point >= qmin) & (zero_point <= qmax)
    if not inside.all():
        raise QuantiseError(f"a zero point of {zero_point[~inside][0].item()} is not from qmin={qmin} to qmax={qmax}")


def nearest_code(values: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    """Return the code nearest to each value before clamping, as an integer in float32."""
    return (values * (1 / scale)).round_() + zero_point


class FakeQuantise(torch.autograd.Function):
    """(values, scale, zero point, qmin, qmax) -> (the nearest grid values, their codes as int32).

    Scale and zero point broadcast against the values. The gradient is passed on where the code was in its range before
    clamping, both ends included, and is 0 elsewhere.
    """

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, scale: Tensor, zero_point: Tensor, qmin: int, qmax: int
    ) -> tuple[Tensor, Tensor]:
        free = nearest_code(values, scale, zero_point)
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward((free >= qmin) & (free <= qmax))
        codes = free.clamp_(qmin, qmax).to(torch.int32)
        ctx.mark_non_differentiable(codes)
        return (codes - zero_point) * scale, codes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None]:
        (passes,) = ctx.saved_tensors
        return gradients[0] * passes, None, None, None, None


class StraightThrough(torch.autograd.Function):
    """(values, codes, scale) -> codes · scale, with the whole gradient to the values (Bengio et al. 2013).

    The usual ``values + (quantised - values).detach()`` would round, so that values leave the grid.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, codes: Tensor, scale: Tensor) -> Tensor:
        return codes * scale

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return gradients[0], None, None
