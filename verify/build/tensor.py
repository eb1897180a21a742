"""Builds tensor."""

import torch
from torch import nn

from calc.ops.tensor import Tensor


class OwnTensor(nn.Module):
    """Holds the tensor. In the network's state dict, its key is the name of the layer."""

    own_tensor = "tensor"
    tensor: torch.Tensor

    def __init__(self, op: Tensor) -> None:
        super().__init__()
        if op.buffer:
            dtype = torch.int64 if op.dtype == "int64" else torch.float32
            self.register_buffer("tensor", torch.zeros(op.shape, dtype=dtype), persistent=op.persistent)
        else:
            self.tensor = nn.Parameter(torch.zeros(op.shape))

    def forward(self) -> torch.Tensor:
        return self.tensor.unsqueeze(0)


def build(op: Tensor, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a parameter or a buffer, returned with a batch of 1."""
    return OwnTensor(op)
