"""Finds the sizes in a program for a fixed batch that are, or contain, the batch size."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import prod
from operator import mul
from typing import Any

import torch
from torch import fx
from torch._subclasses import FakeTensorMode

_TIMES = 13
"""The factor by which the batch is larger when sizes are found: a prime, of which few networks have a multiple."""
_RESHAPES = (torch.ops.aten.view.default, torch.ops.aten.reshape.default, torch.ops.aten._unsafe_view.default)
_REPEATS = (torch.ops.aten.expand.default, torch.ops.aten.repeat.default)

Sizes = Sequence[int]


def find_batch(module: fx.GraphModule, batch: int, inputs: Sequence[torch.Tensor]) -> Mapping[fx.Node, int]:
    """Return the reshapes and expansions of ``module`` whose list of sizes contains the batch, each with the axis.

    ``inputs`` have ``batch`` samples on axis 0. Nothing is computed. Raises whatever an operation raises if the sizes
    found do not fit.
    """
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        wider = [mode.from_tensor(each).repeat(_TIMES, *[1] * (each.dim() - 1)) for each in inputs]
        finding = _Finding(module, batch)
        finding.run(*wider, enable_io_processing=False)
    return finding.found


class _Finding(fx.Interpreter):
    """Runs ``module`` with more than ``batch`` samples, and finds the sizes that contain the batch."""

    def __init__(self, module: fx.GraphModule, batch: int) -> None:
        super().__init__(module)
        self._batch = batch
        self.found: dict[fx.Node, int] = {}

    def run_node(self, n: fx.Node) -> Any:
        """Return the result of ``n``, after the batch in its sizes was replaced."""
        axis = self._axis(n) if n.target in _RESHAPES + _REPEATS else None
        if axis is None:
            return super().run_node(n)
        self.found[n] = axis
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        sizes = [size * _TIMES if at == axis else size for at, size in enumerate(args[1])]
        return self.call_function(n.target, (args[0], sizes, *args[2:]), kwargs)

    def _axis(self, node: fx.Node) -> int | None:
        source, sizes = node.args[0], node.args[1]
        assert isinstance(source, fx.Node)
        assert isinstance(sizes, (list, tuple))
        before, after, wider = source.meta["val"].shape, node.meta["val"].shape, self.env[source].shape
        moving = [axis for axis, (one, other) in enumerate(zip(before, wider, strict=True)) if one != other]
        if node.target in _RESHAPES:
            axis = _kept_in_order(before, moving[0], after, self._batch) if moving else None
            return axis if axis is not None and isinstance(sizes[axis], int) and sizes[axis] != -1 else None
        is_new = not moving and len(after) > 1 and after[0] == self._batch == sizes[0]
        at = moving[0] + len(after) - len(before) if moving else 0
        is_named = bool(moving) and node.target is _REPEATS[0] and sizes[at] == after[at]
        return at if is_new or is_named else None


def _kept_in_order(before: Sizes, moving: int, after: Sizes, batch: int) -> int | None:
    """Return the axis of ``after`` where the batch is after a reshape; it was on the axis ``moving`` of ``before``.

    It is an axis where the elements keep their order: one of the size ``batch`` if there is one, else the last one
    before the features on the last axis.
    """
    outside = prod(before[:moving])
    starts = [outside, outside * (before[moving] // batch)]  # positions folded into the batch are inside it, or outside
    passed = list(accumulate((1, *after[:-1]), mul))
    places = [(start, axis) for start in starts for axis in range(len(after))]
    for start, axis in places:
        if after[axis] == batch and passed[axis] == start:
            return axis
    for start in starts:
        fitting = [axis for axis, size in enumerate(after) if _fits(start, passed[axis], size, batch)]
        if fitting:
            return max([axis for axis in fitting if axis < len(after) - 1] or fitting)
    return None


def _fits(start: int, passed: int, size: int, batch: int) -> bool:
    """Return whether an axis of ``size``, after ``passed`` elements, has the batch after ``start`` elements."""
    return start % passed == 0 and size % (start // passed * batch) == 0
