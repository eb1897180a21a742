"""Counts MACs with PyTorch's FlopCounterMode, by layer, with formulas for the products that it lacks."""

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
    """Return FLOPs of a matrix-vector product: 2 per element of the (n, m) matrix."""
    return 2 * prod(matrix)


def addmv_flops(_added: Size, matrix: Size, _vector: Size, **_unused: Any) -> int:
    """Return FLOPs of a matrix-vector product with an addend, which costs nothing."""
    return 2 * prod(matrix)


def dot_flops(left: Size, _right: Size, **_unused: Any) -> int:
    """Return FLOPs of a dot product: 2 per pair of elements."""
    return 2 * prod(left)


def trilinear_flops(
    first: Size, second: Size, third: Size, expand1: Size, expand2: Size, expand3: Size, *_unused: Any, **_out: Any
) -> int:
    """Return FLOPs of ``_trilinear``: 2 per element of the shape to which the three operands broadcast.

    For torch.nn.Bilinear this shape is (batch, out_features, in1_features, in2_features).
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


# FlopCounterMode counts these products as 0.
MISSING_FORMULAS: dict[Any, Callable[..., int]] = {
    aten.mv: mv_flops,
    aten.addmv: addmv_flops,
    aten.dot: dot_flops,
    aten.vdot: dot_flops,
    aten._trilinear: trilinear_flops,
}


class Ledger:
    """A watcher that assigns the FLOPs of the counter to the layer that is running.

    It reads only the total of FlopCounterMode, because the counter's own rows are by class name and module path, and
    count a module with two names twice.
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
    """Count the MACs of the ``layers`` of a network that runs inside the ``with`` block, on meta, without fused ops.

    The result is filled at the end of the block. Raises MeasureError unless the counter's total is twice the sum of the
    layers; it is not if a product runs outside of all layers.
    """
    counter = FlopCounterMode(display=False, custom_mapping=MISSING_FORMULAS)
    ledger, macs = Ledger(layers, counter), dict.fromkeys(layers, 0)
    with watched(layers, ledger), counter:
        yield macs
    macs.update((layer, flops // 2) for layer, flops in ledger.flops.items())
    total = counter.get_total_flops()
    if total != 2 * sum(macs.values()):
        raise MeasureError(f"the dispatcher counts {total} FLOPs, but its layers have {sum(macs.values())} MACs")


def dispatcher_macs(
    network: nn.Module, layers: Mapping[str, nn.Module], inputs: Sequence[torch.Tensor]
) -> dict[str, int]:
    """Return the MACs of each layer in ``network(*inputs)``, counted by ``dispatched``."""
    with dispatched(layers) as macs:
        network(*inputs)
    return macs
