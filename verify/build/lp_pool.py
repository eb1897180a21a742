"""Builds lp_pool1d, lp_pool2d and lp_pool3d."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.lp_pool import LpPool
from verify.build.base.folding import fold_where_needed

MODULES: dict[int, Callable[..., nn.Module]] = {1: nn.LPPool1d, 2: nn.LPPool2d, 3: nn.LPPool3d}


def build(op: LpPool, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's module. Its arguments have the names of the fields; LPPool1d accepts no list."""
    fields = op.values()
    if op.rank == 1:
        fields |= {name: value[0] for name, value in fields.items() if isinstance(value, tuple)}
    return fold_where_needed(MODULES[op.rank](**fields), inputs[0], op.rank)
