"""Builds tensor."""

import torch
from torch import nn

from calc.ops.tensor import Tensor


class OwnTensor(nn.Module):
    """Holds the tensor; in the network's state dict its name is the layer's own, without a last part."""

    own_tensor = "tensor"
    tensor: torch.Tensor

    def __init__(self, sizes: tuple[int, ...], buffer: bool) -> None:
        super().__init__()
        if buffer:
            self.register_buffer("tensor", torch.zeros(sizes))
        else:
            self.tensor = nn.Parameter(torch.zeros(sizes))

    def forward(self) -> torch.Tensor:
        return self.tensor.unsqueeze(0)


def build(op: Tensor, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """A parameter or a buffer, returned with a batch of 1."""
    return OwnTensor(op.shape, op.buffer)
