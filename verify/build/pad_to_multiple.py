"""Builds pad_to_multiple."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.pad_to_multiple import PadToMultiple
from verify.build.base.function import Function


def build(op: PadToMultiple, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.functional.pad at the end of each axis, up to a multiple."""

    def pad(x: torch.Tensor) -> torch.Tensor:
        sides: list[int] = []
        for size, by in zip(reversed(x.shape), reversed(op.multiple), strict=False):
            sides += [0, (by - size % by) % by]
        return functional.pad(x, sides)

    return Function(pad)
