"""Recurrent layers. Formulas: torch.nn.LSTM's, GRU's and RNN's documentation."""

from math import prod
from typing import Annotated, ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, Op, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, Natural, Positive, bool_or_word
from calc.shape import Shape, Shapes, axes_text, channel_size

MOST_LAYERS = 1_000
"""The largest ``num_layers`` of one op. Every layer has parameters with names of their own."""


class Recurrent(Op):
    """A recurrent layer over (…, tokens, features), batch first. Its state starts at 0 or is an input.

    A state is (…, num_layers · directions, features): the layers in order, and the directions of each next to each
    other. ``returns: sequence`` gives the output of the last layer at every token, with both directions in one row.
    ``hidden`` gives the state of every layer after its last token. ``all`` gives both, with the rows of the layers
    after those of the tokens. ``bias: input`` has one bias per gate, as Keras has; PyTorch has two.
    """

    formula: ClassVar[str] = "elements of every weight · tokens"
    gates: ClassVar[int]
    cell_elementwise: ClassVar[Elementwise]
    """The elementwise operations that one token costs per unit of hidden_size."""
    roles: ClassVar[tuple[str, ...]] = ("x", "hidden?")
    states: ClassVar[int] = 1
    """The number of states that are carried from token to token: h, and also c in an LSTM."""

    hidden_size: Positive
    num_layers: Positive = 1
    bias: Annotated[bool | str, bool_or_word("input")] = True
    bidirectional: Boolean = False
    returns: Literal["sequence", "hidden", "all"] = "sequence"

    def check(self) -> None:
        if self.num_layers > MOST_LAYERS:
            raise OpError(f"num_layers={self.num_layers} is more than the {MOST_LAYERS} that are allowed")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {axes_text(x.rank)} ({x})")
        channel_size(x, -1, "(…, tokens, features)")
        if 1 < len(inputs) <= self.states:
            raise OpError(f"needs {self.states} states, got {len(inputs) - 1}", "pass h, then c")
        for name, state, size in zip("hc", inputs[1:], (self.output_size, self.hidden_size), strict=False):
            wanted = self.state_shape(x, size)
            if state.sizes != wanted.sizes:
                raise OpError(f"the state {name} that arrives is {state}, but must be {wanted}")
        if self.returns == "hidden":
            return self.state_shape(x, self.output_size)
        rows = self.states * self.num_layers if self.returns == "all" else 0
        return Shape((*x.sizes[:-2], x.sizes[-2] + rows, self.directions * self.output_size), -1)

    def state_shape(self, x: Shape, size: int) -> Shape:
        """Return (…, num_layers · directions, ``size``)."""
        return Shape((*x.sizes[:-2], self.num_layers * self.directions, size), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        rows = self.gates * self.hidden_size
        tensors: Tensors = {}
        for layer in range(self.num_layers):
            in_features = self.directions * self.output_size if layer else inputs[0].sizes[-1]
            for suffix in (f"l{layer}", f"l{layer}_reverse")[: self.directions]:
                tensors[f"weight_ih_{suffix}"] = (rows, in_features)
                tensors[f"weight_hh_{suffix}"] = (rows, self.output_size)
                for name in ("bias_ih", "bias_hh")[: self.biases]:
                    tensors[f"{name}_{suffix}"] = (rows,)
                if self.output_size != self.hidden_size:
                    tensors[f"weight_hr_{suffix}"] = (self.output_size, self.hidden_size)
        return tensors

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        positions = prod(inputs[0].sizes[:-1])
        return tuple(
            Product(Parameter(name), prod(sizes) * positions, prod(sizes) * positions, sizes[1])
            for name, sizes in self.parameters(inputs).items()
            if name.startswith("weight")
        )

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        units = prod(inputs[0].sizes[:-1]) * self.num_layers * self.directions * self.hidden_size
        counts = {word: units * each for word, each in self.cell_elementwise.items()}
        if self.bias:
            counts["bias"] = self.biases * self.gates * units
        return counts

    @property
    def directions(self) -> int:
        """The number of directions: 2 if the layer also runs from the last token to the first, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def biases(self) -> int:
        """The number of bias vectors in each gate."""
        return 1 if self.bias == "input" else 2 * bool(self.bias)

    @property
    def output_size(self) -> int:
        """The number of features in the output of one direction."""
        return self.hidden_size


class Lstm(Recurrent):
    """An LSTM, which has four gates; with ``proj_size`` the state is projected to that size after every token.

    It carries two states, h and c. ``returns: cell`` gives c of every layer after its last token. In ``all``, the rows
    of c come after those of h.
    """

    word = "lstm"
    gates = 4
    cell_elementwise = {"sigmoid": 3, "tanh": 2, "multiply": 3, "add": 4 + 1}

    roles = ("x", "hidden?", "cell?")
    states = 2

    proj_size: Natural = 0
    returns: Literal["sequence", "hidden", "cell", "all"] = "sequence"  # type: ignore[assignment]  # one word more

    def check(self) -> None:
        super().check()
        if self.returns == "all" and self.proj_size:
            raise OpError(f"returns=all needs h and c of the same size, got {self.proj_size} and {self.hidden_size}")
        if self.proj_size >= self.hidden_size:
            raise OpError(f"proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}")

    def output_shape(self, inputs: Shapes) -> Shape:
        output = super().output_shape(inputs)
        return self.state_shape(inputs[0], self.hidden_size) if self.returns == "cell" else output

    @property
    def output_size(self) -> int:
        return self.proj_size or self.hidden_size


class Gru(Recurrent):
    """A GRU, which has three gates; the reset gate multiplies the hidden product, as in PyTorch and cuDNN.

    Keras's ``reset_after=False`` multiplies the state before the product. With ``bias: input`` it costs the same.
    """

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
