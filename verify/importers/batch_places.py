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
_FILLED = (torch.ops.aten.zeros.default, torch.ops.aten.ones.default, torch.ops.aten.full.default)
_NEW = (torch.ops.aten.new_zeros.default, torch.ops.aten.new_ones.default, torch.ops.aten.new_full.default)
_LAYERS = (
    torch.ops.aten.lstm.input, torch.ops.aten.gru.input, torch.ops.aten.rnn_tanh.input, torch.ops.aten.rnn_relu.input
)  # fmt: skip
_CELLS = (
    torch.ops.aten.lstm_cell.default, torch.ops.aten.gru_cell.default,
    torch.ops.aten.rnn_tanh_cell.default, torch.ops.aten.rnn_relu_cell.default,
)  # fmt: skip

Sizes = Sequence[int]


def find_batch(module: fx.GraphModule, batch: int, inputs: Sequence[torch.Tensor]) -> Mapping[fx.Node, int]:
    """Return the operations of ``module`` whose list of sizes contains the batch, each with the axis.

    These are reshapes, expansions, and the initial states of recurrent layers.

    ``inputs`` have ``batch`` samples on axis 0. Nothing is computed. Raises whatever an operation raises if the sizes
    found do not fit, and ValueError if a recurrent layer would get states of another batch.
    """
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        wider = [mode.from_tensor(each).repeat(_TIMES, *[1] * (each.dim() - 1)) for each in inputs]
        finding = _Finding(module, batch)
        arriving, tensors = iter(wider), tensor_inputs(module)
        given = [next(arriving) if node in tensors else None for node in module.graph.nodes if node.op == "placeholder"]
        finding.run(*given, enable_io_processing=False)
    return finding.found


def tensor_inputs(module: fx.GraphModule) -> list[fx.Node]:
    """Return the inputs of ``module`` that are tensors. Its code holds the numbers that are given beside them."""
    arriving = [node for node in module.graph.nodes if node.op == "placeholder"]
    return [node for node in arriving if isinstance(node.meta["val"], torch.Tensor)]


def sizes_among(node: fx.Node) -> Sequence[Any]:
    """Return the list of sizes among the arguments of ``node``."""
    found: Sequence[Any] = next(each for each in node.args if isinstance(each, (list, tuple)))
    return found


class _Finding(fx.Interpreter):
    """Runs ``module`` with more than ``batch`` samples, and finds the sizes that contain the batch."""

    def __init__(self, module: fx.GraphModule, batch: int) -> None:
        super().__init__(module)
        self._batch = batch
        self.found: dict[fx.Node, int] = {}

    def run_node(self, n: fx.Node) -> Any:
        """Return the result of ``n``, after the batch in its sizes was replaced."""
        if n.target in _LAYERS + _CELLS:
            self._widen_states(n)
        elif "rnn" in str(n.target) or str(n.target).startswith(("aten.lstm", "aten.gru")):
            raise ValueError(f"{n.target} does not check the number of samples in its states")
        axis = self._axis(n) if n.target in _RESHAPES + _REPEATS else None
        if axis is None:
            return super().run_node(n)
        self.found[n] = axis
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        sizes = [size * _TIMES if at == axis else size for at, size in enumerate(args[1])]
        return self.call_function(n.target, (args[0], sizes, *args[2:]), kwargs)

    def _widen_states(self, node: fx.Node) -> None:
        """Give the states of a recurrent layer the samples of its input.

        PyTorch reads outside of memory if a layer has too few, so nothing else may run.
        """
        source, given = node.args[0], node.args[1]
        axis = 1 if node.target in _LAYERS else 0
        along = 0 if axis and node.args[8] else axis
        assert isinstance(source, fx.Node)
        samples = self.env[source].shape[along]
        for state in given if isinstance(given, (list, tuple)) else [given]:
            assert isinstance(state, fx.Node)
            if self.env[state].shape[axis] == samples:
                continue
            is_made = state.target in _FILLED + _NEW + _REPEATS
            if not is_made or sizes_among(state)[axis] != self._batch or samples != self._batch * _TIMES:
                raise ValueError(f"{node.name} has {samples} samples, and its states {self.env[state].shape[axis]}")
            self.found[state] = axis
            self.env[state] = self.env[state].repeat_interleave(_TIMES, axis)

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
