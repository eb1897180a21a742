"""Builds softmax and log_softmax."""

import torch
from torch import nn

from calc.ops.softmax import Softmax


def build(op: Softmax, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Softmax or LogSoftmax."""
    return nn.LogSoftmax(op.dim) if op.word == "log_softmax" else nn.Softmax(op.dim)
