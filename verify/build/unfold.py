"""Builds unfold."""

import torch
from torch import nn

from calc.ops.unfold import Unfold
from verify.build.base.folding import fold_where_needed


def build(op: Unfold, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Unfold, any leading axes."""
    return fold_where_needed(nn.Unfold(op.kernel_size, op.dilation, op.padding, op.stride), inputs[0], 2)
