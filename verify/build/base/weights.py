"""A layer whose weight or bias may be an input."""

from collections.abc import Callable

import torch
from torch import nn

Apply = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]


class ArrivingWeights(nn.Module):
    """Computes ``apply(x, weight, bias)`` with the parameters of ``own``, or with inputs in their place.

    The first ``arriving`` of weight and bias are inputs, with a batch axis. If this axis has size 1, all samples use
    the same; else each sample uses its own.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, own: nn.Module, arriving: int, apply: Apply) -> None:
        super().__init__()
        parameters = dict(own.named_parameters())
        self.register_parameter("weight", None if arriving > 0 else parameters["weight"])
        self.register_parameter("bias", None if arriving > 1 else parameters.get("bias"))
        self.calculate = apply

    def forward(
        self, x: torch.Tensor, weights: torch.Tensor | None = None, biases: torch.Tensor | None = None
    ) -> torch.Tensor:
        different = max((len(arrived) for arrived in (weights, biases) if arrived is not None), default=1)
        if different == 1:
            return self._sample(x, weights, biases, 0)
        samples = max(len(x), different)
        return torch.cat([self._sample(_of(x, i).unsqueeze(0), weights, biases, i) for i in range(samples)])

    def _sample(
        self, x: torch.Tensor, weights: torch.Tensor | None, biases: torch.Tensor | None, i: int
    ) -> torch.Tensor:
        weight = self.weight if weights is None else _of(weights, i)
        bias = self.bias if biases is None else _of(biases, i)
        return self.calculate(x, weight, bias)


def _of(batch: torch.Tensor, i: int) -> torch.Tensor:
    return batch[i if len(batch) > 1 else 0]
