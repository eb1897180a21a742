"""Elman's recurrent layer, torch.nn.RNN."""

from typing import Literal

from calc.ops.base import Elementwise
from calc.ops.base.recurrent import Recurrent
from calc.shape import Shape, Shapes


class Rnn(Recurrent):
    """h = nonlinearity(W_ih x + b_ih + W_hh h + b_hh)."""

    word = "rnn"
    gates = 1
    cell_elementwise = {"add": 1}

    nonlinearity: Literal["tanh", "relu"] = "tanh"

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        counts = super().elementwise(inputs, output)
        return {**counts, self.nonlinearity: counts["add"]}
