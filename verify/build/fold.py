"""Builds unfold and fold."""

import torch
from torch import nn

from calc.ops.fold import Blocks, Fold
from verify.build.base.folding import fold_where_needed


def build(op: Blocks, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Unfold or Fold for any leading axes. The columns are one spatial axis after the rows."""
    if isinstance(op, Fold):
        module: nn.Module = nn.Fold(op.output_size, op.kernel_size, op.dilation, op.padding, op.stride)
        return fold_where_needed(module, inputs[0], 1)
    return fold_where_needed(nn.Unfold(op.kernel_size, op.dilation, op.padding, op.stride), inputs[0], 2)
