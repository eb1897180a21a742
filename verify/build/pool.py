"""Builds the max and average pools."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from calc.ops.pool import MaxPool, Pool
from verify.build.base.folding import fold_where_needed
from verify.build.base.padding import pad_argument, per_side, windows_of

Modules = dict[int, Callable[..., nn.Module]]

MAX: Modules = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVG: Modules = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}


def build(op: Pool, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's pool.

    Its arguments have the names of the fields; padding that it lacks is applied before it.
    """
    padded = by_hand(op)
    settings = {**op.values(), "padding": 0 if padded or op.padding == "valid" else op.padding}
    if settings.get("count_include_pad", False) is None:
        settings["count_include_pad"] = True
    module: nn.Module = (MAX if isinstance(op, MaxPool) else AVG)[op.rank](**settings)
    return fold_where_needed(PaddedPool(op, module) if padded else module, inputs[0], op.rank)


def by_hand(op: Pool) -> bool:
    """Return whether the data is padded before the pool, because torch.nn's pools accept neither pairs nor ``same``."""
    return op.padding == "same" or per_side(op.padding)


class PaddedPool(nn.Module):
    """A pool over data padded before it: with −∞ for a maximum, with 0 for a mean, which may exclude the padding."""

    def __init__(self, op: Pool, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool
        self.padding = op.padding
        self.windows = windows_of(op, op.rank)
        self.ceil_mode = op.ceil_mode
        self.pad_value = float("-inf") if isinstance(op, MaxPool) else 0.0
        settings = op.values()
        divides = settings.get("divisor_override") is None and "count_include_pad" in settings
        counted = settings.get("count_include_pad")
        self.by_data = divides and (op.padding == "same" if counted is None else not counted)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pads = pad_argument(self.padding, self.windows, x.shape[-len(self.windows) :])
        out: torch.Tensor = self.pool(functional.pad(x, pads, value=self.pad_value))
        if self.by_data:
            out = out / self.pool(functional.pad(torch.ones_like(x), pads))
        return self._windows_starting_on_data(x, out, pads) if self.ceil_mode else out

    def _windows_starting_on_data(self, x: torch.Tensor, out: torch.Tensor, pads: list[int]) -> torch.Tensor:
        # for the pool, padding is data, so it keeps a last window that starts in the padding
        for i, (_, stride, _) in enumerate(reversed(self.windows)):
            starts = range(0, x.shape[-1 - i] + pads[2 * i], stride)
            out = out.narrow(-1 - i, 0, min(out.shape[-1 - i], len(starts)))
        return out
