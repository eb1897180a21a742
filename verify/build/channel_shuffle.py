"""Builds channel_shuffle."""

import torch
from torch import nn

from calc.ops.channel_shuffle import ChannelShuffle


def build(op: ChannelShuffle, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.ChannelShuffle."""
    return nn.ChannelShuffle(op.groups)
