"""PyTorch's own FlopCounterMode, halved, with its holes closed and its counts put on our layers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from verify.measure.errors import MeasureError
from verify.measure.hooks import watched

aten = torch.ops.aten
Size = tuple[int, ...]


def mv_flops(matrix: Size, _vector: Size, **_unused: Any) -> int:
    """2 per element of the (n, m) matrix."""
    return 2 * prod(matrix)


def addmv_flops(_added: Size, matrix: Size, _vector: Size, **_unused: Any) -> int:
    """As mv: the addend costs nothing."""
    return 2 * prod(matrix)


def dot_flops(left: Size, _right: Size, **_unused: Any) -> int:
    """2 per pair of elements."""
    return 2 * prod(left)


def trilinear_flops(
    first: Size, second: Size, third: Size, expand1: Size, expand2: Size, expand3: Size, *_unused: Any, **_out: Any
) -> int:
    """2 per element of the space that the three operands span once expanded along their missing axes.

    For torch.nn.Bilinear that is (batch, out_features, in1_features, in2_features).
    """
    operands = (first, expand1), (second, expand2), (third, expand3)
    expanded = [_with_ones_at(axes, sizes) for sizes, axes in operands]
    spanned: Size = torch.broadcast_shapes(*expanded)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return 2 * prod(spanned)


def _with_ones_at(axes: Size, sizes: Size) -> list[int]:
    expanded = list(sizes)
    for axis in sorted(axes):
        expanded.insert(axis, 1)
    return expanded


# Products that FlopCounterMode reads as 0.
MISSING_FORMULAS: dict[Any, Callable[..., int]] = {
    aten.mv: mv_flops,
    aten.addmv: addmv_flops,
    aten.dot: dot_flops,
    aten.vdot: dot_flops,
    aten._trilinear: trilinear_flops,
}


class Ledger:
    """A watcher that puts what the counter has gained on the layer that was running meanwhile.

    FlopCounterMode's own rows go by class names and module paths, which meet twice where a module has
    two names; only its total is read here.
    """

    def __init__(self, layers: Mapping[str, nn.Module], counter: FlopCounterMode) -> None:
        self.flops = dict.fromkeys(layers, 0)
        self._counter = counter
        self._booked = 0
        self._running: list[str] = []

    def enter(self, layer: str) -> None:
        self._book()
        self._running.append(layer)

    def leave(self, layer: str, output: Any) -> None:
        self._book()
        self._running.pop()

    def _book(self) -> None:
        total = self._counter.get_total_flops()
        if self._running:
            self.flops[self._running[-1]] += total - self._booked
        self._booked = total


@contextmanager
def dispatched(layers: Mapping[str, nn.Module]) -> Iterator[dict[str, int]]:
    """While it is open, a network that has ``layers`` is run, on meta, where fused paths decompose; the MACs of each
    are there when it has closed.

    Raises MeasureError unless the counter's total is twice the sum of the layers, as it would not be
    if a product ran outside every layer.
    """
    counter = FlopCounterMode(display=False, custom_mapping=MISSING_FORMULAS)
    ledger, macs = Ledger(layers, counter), dict.fromkeys(layers, 0)
    with watched(layers, ledger), counter:
        yield macs
    macs.update((layer, flops // 2) for layer, flops in ledger.flops.items())
    total = counter.get_total_flops()
    if total != 2 * sum(macs.values()):
        raise MeasureError(f"the dispatcher counts {total} FLOPs, its layers {sum(macs.values())} MACs")


def dispatcher_macs(
    network: nn.Module, layers: Mapping[str, nn.Module], inputs: Sequence[torch.Tensor]
) -> dict[str, int]:
    """MACs per layer of ``network(*inputs)``, as ``dispatched`` counts them."""
    with dispatched(layers) as macs:
        network(*inputs)
    return macs
