"""Activations, torch.nn's: the shape stays, every element costs one evaluation."""

from typing import ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Tensors
from calc.ops.base.fields import Integer, Number, Positive
from calc.ops.base.normalisation import first_axis_channels
from calc.shape import Shape, Shapes, dim_from_end


class Activation(Op):
    """A function of each element."""

    category: ClassVar[str] = "activation"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]


class Relu(Activation):
    """max(x, 0)."""

    word = "relu"
    no_macs = "comparisons only"


class Relu6(Activation):
    """min(max(x, 0), 6)."""

    word = "relu6"
    no_macs = "comparisons only"


class LeakyRelu(Activation):
    """x where x > 0, else negative_slope · x."""

    word = "leaky_relu"
    no_macs = "one scale of each negative element, no sum"

    negative_slope: Number = 0.01


class Prelu(Activation):
    """x where x > 0, else weight · x, with one weight for all channels or one each."""

    word = "prelu"
    no_macs = "one scale of each negative element, no sum"

    num_parameters: Positive = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if self.num_parameters == 1:
            return x
        channels = first_axis_channels(x)
        if self.num_parameters != channels:
            raise OpError(f"num_parameters={self.num_parameters} is neither 1 nor the {channels} channels")
        return Shape(x.sizes, -x.rank)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"weight": (self.num_parameters,)}

    def role_of(self, name: str) -> HeldRole:
        return "norm"


class Elu(Activation):
    """x where x > 0, else alpha · (exp(x) − 1)."""

    word = "elu"
    no_macs = "one function value and one scale an element, no sum"

    alpha: Number = 1.0


class Gelu(Activation):
    """x · Φ(x), or its approximation by tanh."""

    word = "gelu"
    no_macs = "one function value and one multiplication an element, no sum"

    approximate: Literal["none", "tanh"] = "none"


class Sigmoid(Activation):
    """1 / (1 + exp(−x))."""

    word = "sigmoid"
    no_macs = "one function value an element"


class Silu(Activation):
    """x · sigmoid(x)."""

    word = "silu"
    no_macs = "one function value and one multiplication an element, no sum"


class Mish(Activation):
    """x · tanh(log(1 + exp(x)))."""

    word = "mish"
    no_macs = "one function value and one multiplication an element, no sum"


class Tanh(Activation):
    """tanh(x)."""

    word = "tanh"
    no_macs = "one function value an element"


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6."""

    word = "hardsigmoid"
    no_macs = "comparisons and one scale and shift an element"


class Hardswish(Activation):
    """x · min(max(x + 3, 0), 6) / 6."""

    word = "hardswish"
    no_macs = "comparisons and one multiplication an element, no sum"


class Softmax(Activation):
    """exp(x) / Σ exp(x) along ``dim``."""

    word = "softmax"
    no_macs = "one function value and one division an element, sums without products"

    dim: Integer = -1

    def output_shape(self, inputs: Shapes) -> Shape:
        dim_from_end(self.dim, inputs[0])
        return inputs[0]
