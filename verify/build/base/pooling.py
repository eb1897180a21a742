"""What the pools share."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from calc.ops.base.pooling import AdaptivePool, AvgPool, MaxPool, Pool
from verify.build.base.folding import fold_where_needed
from verify.build.base.padding import each_axis, pad_argument, per_side

Modules = dict[int, Callable[..., nn.Module]]

MAX: Modules = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVG: Modules = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
ADAPTIVE_MAX: Modules = {
    1: nn.AdaptiveMaxPool1d,
    2: nn.AdaptiveMaxPool2d,
    3: nn.AdaptiveMaxPool3d,
}
ADAPTIVE_AVG: Modules = {
    1: nn.AdaptiveAvgPool1d,
    2: nn.AdaptiveAvgPool2d,
    3: nn.AdaptiveAvgPool3d,
}


def build_max_pool(op: MaxPool, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn's max pool, with −∞ around the data where the padding is given per side."""
    padded = by_hand(op)
    given = 0 if padded or op.padding == "valid" else op.padding
    module: nn.Module = MAX[op.rank](op.kernel_size, op.stride, given, op.dilation, ceil_mode=op.ceil_mode)
    if padded:
        module = PaddedPool(op, module, pad_value=float("-inf"))
    return fold_where_needed(module, inputs[0], op.rank)


def build_avg_pool(op: AvgPool, inputs: tuple[torch.Tensor, ...], divisor_override: int | None = None) -> nn.Module:
    """torch.nn's average pool, with zeros around the data where the padding is given per side."""
    padded = by_hand(op)
    given = 0 if padded or op.padding == "valid" else op.padding
    # AvgPool1d has no divisor_override
    settings: dict[str, int | None] = {"ceil_mode": op.ceil_mode, "count_include_pad": op.count_include_pad}
    if op.rank > 1:
        settings["divisor_override"] = divisor_override
    module: nn.Module = AVG[op.rank](op.kernel_size, op.stride, given, **settings)
    if padded:
        by_data = not op.count_include_pad and divisor_override is None
        module = PaddedPool(op, module, pad_value=0.0, by_data=by_data)
    return fold_where_needed(module, inputs[0], op.rank)


def build_adaptive_pool(op: AdaptivePool, inputs: tuple[torch.Tensor, ...], modules: Modules) -> nn.Module:
    """torch.nn's adaptive pool; null is the size that arrives."""
    arriving = inputs[0].shape[-op.rank :]
    written = op.output_size if isinstance(op.output_size, tuple) else (op.output_size,) * op.rank
    sizes = [size if wanted is None else wanted for size, wanted in zip(arriving, written, strict=True)]
    return fold_where_needed(modules[op.rank](sizes if op.rank > 1 else sizes[0]), inputs[0], op.rank)


def by_hand(op: Pool) -> bool:
    """Whether the data is padded before the pool: torch.nn's pools take neither pairs nor ``same``."""
    return op.padding == "same" or per_side(op.padding)


class PaddedPool(nn.Module):
    """A pool over data padded by hand; ``by_data`` divides the means by the elements that are data."""

    def __init__(self, op: Pool, pool: nn.Module, pad_value: float, by_data: bool = False) -> None:
        super().__init__()
        self.pool = pool
        dilation = each_axis(op.dilation if isinstance(op, MaxPool) else 1, op.rank)
        self.pads = pad_argument(op.padding, each_axis(op.kernel_size, op.rank), dilation)
        self.stride = each_axis(op.kernel_size if op.stride is None else op.stride, op.rank)
        self.ceil_mode = op.ceil_mode
        self.pad_value = pad_value
        self.by_data = by_data

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.pool(functional.pad(x, self.pads, value=self.pad_value))
        if self.by_data:
            out = out / self.pool(functional.pad(torch.ones_like(x), self.pads))
        return self._windows_starting_on_data(x, out) if self.ceil_mode else out

    def _windows_starting_on_data(self, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        # the pool takes the padding for data, so it keeps a last window that starts in it
        for i, stride in enumerate(reversed(self.stride)):
            starts = range(0, x.shape[-1 - i] + self.pads[2 * i], stride)
            out = out.narrow(-1 - i, 0, min(out.shape[-1 - i], len(starts)))
        return out
