"""Replaces single steps of recurrent layers, as nn.LSTMCell runs them, by the operations that they consist of."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx
from torch.export import ExportedProgram

_aten = torch.ops.aten


class _Steps:
    """Adds operations to a graph in front of the cell that they replace, in the same module."""

    def __init__(self, cell: fx.Node) -> None:
        self._cell = cell
        self._stands = {key: each for key, each in cell.meta.items() if key != "val"}

    def __call__(self, target: Any, *arguments: Any) -> fx.Node:
        """Add one operation and return its node."""
        values = [each.meta["val"] if isinstance(each, fx.Node) else each for each in arguments]
        node = self._cell.graph.call_function(target, arguments)
        node.meta = {**self._stands, "val": target(*values)}
        return node

    def gates(self, x: fx.Node, weight: fx.Node, bias: fx.Node | None) -> fx.Node:
        """Return the output of a linear layer on ``x``, for all gates together."""
        return self(_aten.linear.default, x, weight, bias)

    def chunks(self, x: fx.Node, count: int) -> list[fx.Node]:
        """Return the last axis of ``x`` split into ``count`` parts."""
        parts = self(_aten.chunk.default, x, count, 1)
        return [self(operator.getitem, parts, index) for index in range(count)]

    def add(self, one: fx.Node, other: fx.Node) -> fx.Node:
        """Return the elementwise sum."""
        return self(_aten.add.Tensor, one, other)

    def multiply(self, one: fx.Node, other: fx.Node) -> fx.Node:
        """Return the elementwise product."""
        return self(_aten.mul.Tensor, one, other)

    def sigmoid(self, x: fx.Node) -> fx.Node:
        """Return the sigmoid of each element."""
        return self(_aten.sigmoid.default, x)

    def tanh(self, x: fx.Node) -> fx.Node:
        """Return the hyperbolic tangent of each element."""
        return self(_aten.tanh.default, x)


def with_open_cells(program: ExportedProgram) -> ExportedProgram:
    """Replace each cell in the graph of ``program`` by linear layers and its gates; returns ``program``."""
    graph = program.graph
    for node in [node for node in graph.nodes if node.target in _CELLS]:
        with graph.inserting_before(node):
            results = _CELLS[node.target](_Steps(node), *node.args)
        if len(results) == 1:
            node.replace_all_uses_with(results[0])
        for user in list(node.users):
            user.replace_all_uses_with(results[user.args[1]])
            graph.erase_node(user)
        graph.erase_node(node)
    return program


def _lstm(
    steps: _Steps, x: fx.Node, states: Sequence[fx.Node], weight_ih: fx.Node, weight_hh: fx.Node,
    bias_ih: fx.Node | None = None, bias_hh: fx.Node | None = None,
) -> list[fx.Node]:  # fmt: skip
    hidden, cell = states
    gates = steps.add(steps.gates(x, weight_ih, bias_ih), steps.gates(hidden, weight_hh, bias_hh))
    arrives, stays, new, leaves = steps.chunks(gates, 4)
    kept = steps.multiply(steps.sigmoid(stays), cell)
    cell = steps.add(kept, steps.multiply(steps.sigmoid(arrives), steps.tanh(new)))
    return [steps.multiply(steps.sigmoid(leaves), steps.tanh(cell)), cell]


def _gru(
    steps: _Steps, x: fx.Node, hidden: fx.Node, weight_ih: fx.Node, weight_hh: fx.Node,
    bias_ih: fx.Node | None = None, bias_hh: fx.Node | None = None,
) -> list[fx.Node]:  # fmt: skip
    reset, update, new = steps.chunks(steps.gates(x, weight_ih, bias_ih), 3)
    reset_h, update_h, new_h = steps.chunks(steps.gates(hidden, weight_hh, bias_hh), 3)
    reset, update = steps.sigmoid(steps.add(reset, reset_h)), steps.sigmoid(steps.add(update, update_h))
    new = steps.tanh(steps.add(new, steps.multiply(reset, new_h)))
    difference = steps(_aten.sub.Tensor, hidden, new)
    return [steps.add(steps.multiply(difference, update), new)]


def _plain(activation: Callable[..., Any]) -> Callable[..., list[fx.Node]]:
    def rnn(
        steps: _Steps, x: fx.Node, hidden: fx.Node, weight_ih: fx.Node, weight_hh: fx.Node,
        bias_ih: fx.Node | None = None, bias_hh: fx.Node | None = None,
    ) -> list[fx.Node]:  # fmt: skip
        gates = steps.add(steps.gates(x, weight_ih, bias_ih), steps.gates(hidden, weight_hh, bias_hh))
        return [steps(activation, gates)]

    return rnn


_CELLS: dict[Any, Callable[..., list[fx.Node]]] = {
    _aten.lstm_cell.default: _lstm,
    _aten.gru_cell.default: _gru,
    _aten.rnn_tanh_cell.default: _plain(_aten.tanh.default),
    _aten.rnn_relu_cell.default: _plain(_aten.relu.default),
}
"""The function that builds each cell from operations. The first of an LSTM's two results is the hidden state."""
