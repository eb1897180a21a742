"""A layer whose weight or bias may arrive as an input."""

from collections.abc import Callable

import torch
from torch import nn

Apply = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]


class ArrivingWeights(nn.Module):
    """``apply(x, weight, bias)``, the parameters being those of ``own`` unless they arrive.

    A weight or bias that arrives with a batch axis differs from sample to sample.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, own: nn.Module, arriving: int, apply: Apply) -> None:
        super().__init__()
        parameters = dict(own.named_parameters())
        self.weight_axes = parameters["weight"].ndim
        self.register_parameter("weight", None if arriving > 0 else parameters["weight"])
        self.register_parameter("bias", None if arriving > 1 else parameters.get("bias"))
        self.calculate = apply

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor | None = None, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        weight = self.weight if weight is None else weight
        bias = self.bias if bias is None else bias
        weights = weight if weight.ndim > self.weight_axes else None
        biases = bias if bias is not None and bias.ndim > 1 else None
        if weights is None and biases is None:
            return self.calculate(x, weight, bias)
        samples = [
            self.calculate(
                x[i : i + 1], weight if weights is None else weights[i], bias if biases is None else biases[i]
            )
            for i in range(len(x))
        ]
        return torch.cat(samples)
