"""Recurrent layers. Formulas: torch.nn.LSTM's, GRU's and RNN's documentation."""

from math import prod
from typing import ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, Op, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, Natural, Positive
from calc.shape import Shape, Shapes, channel_size

MOST_LAYERS = 1_000
"""Of one op: each has tensors of its own, which are all named."""


class Recurrent(Op):
    """A recurrent layer over (…, tokens, features), batch first, its state starting at 0.

    The output holds the state after every token, both directions side by side.
    """

    formula: ClassVar[str] = "elements of every weight · tokens"
    gates: ClassVar[int]
    cell_elementwise: ClassVar[Elementwise]
    """Elementwise operations a token costs, per unit of hidden_size."""

    hidden_size: Positive
    num_layers: Positive = 1
    bias: Boolean = True
    bidirectional: Boolean = False

    def check(self) -> None:
        if self.num_layers > MOST_LAYERS:
            raise OpError(f"num_layers={self.num_layers}: at most {MOST_LAYERS} are taken")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {x.rank} axes ({x})")
        channel_size(x, -1, "(…, tokens, features)")
        return Shape((*x.sizes[:-1], self.directions * self.output_size), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        rows = self.gates * self.hidden_size
        tensors: Tensors = {}
        for layer in range(self.num_layers):
            in_features = self.directions * self.output_size if layer else inputs[0].sizes[-1]
            for suffix in (f"l{layer}", f"l{layer}_reverse")[: self.directions]:
                tensors[f"weight_ih_{suffix}"] = (rows, in_features)
                tensors[f"weight_hh_{suffix}"] = (rows, self.output_size)
                if self.bias:
                    tensors[f"bias_ih_{suffix}"] = tensors[f"bias_hh_{suffix}"] = (rows,)
                if self.output_size != self.hidden_size:
                    tensors[f"weight_hr_{suffix}"] = (self.output_size, self.hidden_size)
        return tensors

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        positions = prod(output.sizes[:-1])
        return tuple(
            Product(Parameter(name), prod(sizes) * positions, prod(sizes) * positions, sizes[1])
            for name, sizes in self.parameters(inputs).items()
            if name.startswith("weight")
        )

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        units = prod(output.sizes[:-1]) * self.num_layers * self.directions * self.hidden_size
        counts = {word: units * each for word, each in self.cell_elementwise.items()}
        if self.bias:
            counts["bias"] = 2 * self.gates * units
        return counts

    @property
    def directions(self) -> int:
        """2 where the layer also runs from the last token to the first."""
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """Features of one direction's output."""
        return self.hidden_size


class Lstm(Recurrent):
    """Four gates; with ``proj_size`` the state is projected to so many features after every token."""

    word = "lstm"
    gates = 4
    cell_elementwise = {"sigmoid": 3, "tanh": 2, "multiply": 3, "add": 4 + 1}

    proj_size: Natural = 0

    def check(self) -> None:
        super().check()
        if self.proj_size >= self.hidden_size:
            raise OpError(f"proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}")

    @property
    def output_size(self) -> int:
        return self.proj_size or self.hidden_size


class Gru(Recurrent):
    """Three gates; reset multiplies the hidden product, as PyTorch and cuDNN have it."""

    word = "gru"
    gates = 3
    cell_elementwise = {"sigmoid": 2, "tanh": 1, "multiply": 3, "subtract": 1, "add": 3 + 1}


class Rnn(Recurrent):
    """h = nonlinearity(W_ih x + b_ih + W_hh h + b_hh)."""

    word = "rnn"
    gates = 1
    cell_elementwise = {"add": 1}

    nonlinearity: Literal["tanh", "relu"] = "tanh"

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        counts = super().elementwise(inputs, output)
        return {**counts, self.nonlinearity: counts["add"]}
