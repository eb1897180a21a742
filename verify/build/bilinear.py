"""Builds bilinear."""

import torch
from torch import nn

from calc.ops.bilinear import Bilinear
from verify.build.base.batches import same_batch


class SameBatchBilinear(nn.Bilinear):
    """torch.nn.Bilinear in which either input may have a batch of 1."""

    def forward(self, input1: torch.Tensor, input2: torch.Tensor) -> torch.Tensor:
        return super().forward(*same_batch(input1, input2))


def build(op: Bilinear, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Bilinear."""
    return SameBatchBilinear(inputs[0].shape[-1], inputs[1].shape[-1], op.out_features, op.bias)
