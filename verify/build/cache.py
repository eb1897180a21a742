"""Builds cache."""

import torch
from torch import nn

from calc.ops.cache import Cache


class Kept(nn.Module):
    """Holds the entries of earlier calls, which are not in the state dict, and in ``left`` those after a call."""

    state: torch.Tensor
    left: torch.Tensor | None = None

    def __init__(self, op: Cache, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.window = op.sliding_window
        entries = op.past if op.sliding_window is None else min(op.past, op.sliding_window - 1)
        self.register_buffer("state", torch.zeros(1, *sizes[1:-2], entries, sizes[-1]), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = torch.cat((self.state.expand(len(x), *self.state.shape[1:]), x), -2)
        if not tokens.is_meta:
            self.left = tokens if self.window is None else tokens[..., -self.window :, :]
        return tokens


class KeptOnce(nn.Module):
    """Holds the entries of the first call. Later calls return them instead of their input, which may be None."""

    state: torch.Tensor
    left: torch.Tensor | None = None

    def __init__(self, op: Cache, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.has_kept = op.has_kept
        entries = sizes[-2] if op.has_kept else 0
        self.register_buffer("state", torch.zeros(1, *sizes[1:-2], entries, sizes[-1]), persistent=False)

    def forward(self, x: torch.Tensor | None) -> torch.Tensor:
        if self.has_kept or x is None:
            tokens = self.state if x is None else self.state.expand(len(x), *self.state.shape[1:])
        else:
            tokens = x.clone()  # the kept entries need memory of their own
        if not tokens.is_meta:
            self.left = tokens
        return tokens


def build(op: Cache, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that returns its state followed by its input, or with ``once`` instead of its input."""
    sizes = tuple(inputs[0].shape)
    return KeptOnce(op, sizes) if op.once else Kept(op, sizes)
