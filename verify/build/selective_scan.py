"""Builds selective_scan."""

import torch
from torch import nn

from calc.ops.selective_scan import SelectiveScan
from verify.build.base.batches import same_batch


class Scan(nn.Module):
    """Mamba's selective scan, one token after another, in separate operations."""

    D: nn.Parameter | None

    def __init__(self, channels: int, state: int, skip: bool) -> None:
        super().__init__()
        self.A_log = nn.Parameter(torch.arange(1.0, state + 1).log().expand(channels, state).clone())
        self.register_parameter("D", nn.Parameter(torch.ones(channels)) if skip else None)

    def forward(self, x: torch.Tensor, delta: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        x, delta, b, c = same_batch(x, delta, b, c)
        decay = -self.A_log.exp()
        state = x.new_zeros(*x.shape[:-2], *decay.shape)
        outputs = []
        for token in range(x.shape[-2]):
            step, entering = delta[..., token, :], b[..., token, :]
            kept = (step.unsqueeze(-1) * decay).exp() * state
            state = kept + (step * x[..., token, :]).unsqueeze(-1) * entering.unsqueeze(-2)
            outputs.append(torch.matmul(state, c[..., token, :].unsqueeze(-1)).squeeze(-1))
        y = torch.stack(outputs, -2)
        return y if self.D is None else y + x * self.D


def build(op: SelectiveScan, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return Mamba's scan as a plain loop over the tokens."""
    return Scan(inputs[0].shape[-1], inputs[2].shape[-1], op.skip)
