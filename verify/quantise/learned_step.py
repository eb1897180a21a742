"""Learned step size quantisation (Esser et al., LSQ, ICLR 2020): the scale is a parameter that is trained."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import check_grid, check_values, nearest_code
from verify.quantise.layout import along, channel_rows
from verify.quantise.quantised import Quantised
from verify.quantise.ranges import usable_scale
from verify.quantise.scheme import Scheme


class StepQuantise(torch.autograd.Function):
    """(values, step, qmin, qmax, gradient scale) -> (nearest multiples of the step, their codes as int32).

    The gradients are those of the paper, where v / s is the value in steps. The gradient of the values is 1 where
    qmin < v / s < qmax and 0 elsewhere. That of the step is round(v / s) - v / s there, and qmin or qmax beyond, summed
    over the values that share the step and multiplied by the gradient scale.
    """

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, step: Tensor, qmin: int, qmax: int, gradient_scale: float
    ) -> tuple[Tensor, Tensor]:
        codes = nearest_code(values, step, torch.zeros_like(step)).clamp_(qmin, qmax).to(torch.int32)
        ctx.save_for_backward(values, step, codes)
        ctx.limits = qmin, qmax, gradient_scale
        ctx.mark_non_differentiable(codes)
        return codes * step, codes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        values, step, codes = ctx.saved_tensors
        qmin, qmax, gradient_scale = ctx.limits
        in_steps = values / step
        inside = (in_steps > qmin) & (in_steps < qmax)
        by_step = gradients[0] * torch.where(inside, codes - in_steps, codes)
        return gradients[0] * inside, by_step.sum_to_size(step.shape) * gradient_scale, None, None, None


class LearnedStep(nn.Module):
    """Quantises tensors with a step size that is a parameter of this module, of shape () or (channels,).

    ``scheme`` is uniform, with any axis; its estimator is not used. An affine scheme is the paper's unsigned data, such
    as activations after a ReLU: codes from 0, with zero point 0. The step starts at 2·mean|v| / sqrt(qmax) of
    ``example``, or at 1 if the example is all zero. Its gradient is scaled by 1 / sqrt(n · qmax), where n is the number
    of elements of ``example`` that share one step; for activations, give one sample. Raises QuantiseError for another
    scheme or an example that cannot be used.
    """

    def __init__(self, scheme: Scheme, example: Tensor) -> None:
        super().__init__()
        if scheme.kind != "uniform":
            raise QuantiseError(f"a {scheme.kind} scheme has no step size to learn", "use bits from 2 to 16")
        check_values(example)
        rows = channel_rows(example.detach(), scheme.axis)
        start, _ = usable_scale(2 * rows.abs().mean(dim=1, dtype=torch.float64) / math.sqrt(scheme.qmax))
        self.scheme = replace(scheme, estimator="given")
        self.gradient_scale = 1 / math.sqrt(rows.shape[1] * scheme.qmax)
        self.step = nn.Parameter(start.reshape(()) if scheme.axis is None else start)

    def forward(self, values: Tensor) -> Tensor:
        """Return ``values`` (float32, any shape with the scheme's axis), rounded to the grid of the step."""
        return self.quantise(values).values

    def quantise(self, tensor: Tensor) -> Quantised:
        """Return ``tensor`` on the grid of the step, with the paper's gradients for both.

        Raises QuantiseError for NaN, infinity or another dtype, and if training has made a step zero or negative.
        """
        check_values(tensor)
        qmin, qmax = self.scheme.qmin, self.scheme.qmax
        zero_point = torch.zeros_like(self.step, dtype=torch.int32)
        try:
            check_grid(self.step, zero_point, qmin, qmax)
        except QuantiseError as error:
            raise QuantiseError(f"learned step: {error.fact}", "lower its learning rate") from None
        step = along(self.step, self.scheme.axis, tensor)
        values, codes = StepQuantise.apply(tensor, step, qmin, qmax, self.gradient_scale)
        all_zero = torch.zeros_like(zero_point, dtype=torch.bool)
        return Quantised(values, codes, self.step.detach().clone(), zero_point, all_zero, self.scheme)
