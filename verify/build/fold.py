"""Builds fold."""

import torch
from torch import nn

from calc.ops.fold import Fold
from verify.build.base.folding import fold_where_needed


def build(op: Fold, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Fold, any leading axes; its columns stand as one spatial axis behind the rows."""
    return fold_where_needed(nn.Fold(op.output_size, op.kernel_size, op.dilation, op.padding, op.stride), inputs[0], 1)
