"""Activations, as torch.nn defines them: the shape stays, and every element costs one evaluation."""

from typing import ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import HeldRole, InPlace, Layout, Op, Tensors
from calc.ops.base.fields import Number, Positive
from calc.ops.base.normalisation import first_axis_channels
from calc.shape import Shape, Shapes


class Activation(Op):
    """A function that is applied to each element."""

    category: ClassVar[str] = "activation"
    layout: ClassVar[Layout] = "elementwise"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"


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
    no_macs = "one scale of each negative element, without a sum"

    negative_slope: Number = 0.01


class Prelu(Activation):
    """x where x > 0, else weight · x, with one weight for all channels or one per channel."""

    word = "prelu"
    no_macs = "one scale of each negative element, without a sum"

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
    no_macs = "one function value and one scale per element, without a sum"

    alpha: Number = 1.0


class Celu(Activation):
    """x where x > 0, else alpha · (exp(x / alpha) − 1)."""

    word = "celu"
    no_macs = "one function value and two scales per element, without a sum"

    alpha: Number = 1.0

    def check(self) -> None:
        if not self.alpha:
            raise OpError("alpha=0 divides by zero")


class Selu(Activation):
    """1.0507 · x where x > 0, else 1.7581 · (exp(x) − 1)."""

    word = "selu"
    no_macs = "one function value and one scale per element, without a sum"


class Gelu(Activation):
    """x · Φ(x), or its approximation by tanh."""

    word = "gelu"
    no_macs = "one function value and one multiplication per element, without a sum"

    approximate: Literal["none", "tanh"] = "none"


class Sigmoid(Activation):
    """1 / (1 + exp(−x))."""

    word = "sigmoid"
    no_macs = "one function value per element"


class Silu(Activation):
    """x · sigmoid(x)."""

    word = "silu"
    no_macs = "one function value and one multiplication per element, without a sum"


class Mish(Activation):
    """x · tanh(log(1 + exp(x)))."""

    word = "mish"
    no_macs = "one function value and one multiplication per element, without a sum"


class Tanh(Activation):
    """tanh(x)."""

    word = "tanh"
    no_macs = "one function value per element"


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6."""

    word = "hardsigmoid"
    no_macs = "comparisons, one scale and one shift per element"


class Hardswish(Activation):
    """x · min(max(x + 3, 0), 6) / 6."""

    word = "hardswish"
    no_macs = "comparisons and one multiplication per element, without a sum"


class Softplus(Activation):
    """log(1 + exp(beta · x)) / beta, and x itself where beta · x > threshold."""

    word = "softplus"
    no_macs = "one function value and two scales per element, without a sum"

    beta: Number = 1.0
    threshold: Number = 20.0

    def check(self) -> None:
        if not self.beta:
            raise OpError("beta=0 divides by zero")


class Softsign(Activation):
    """x / (1 + |x|)."""

    word = "softsign"
    no_macs = "one division per element, without a sum"


class Hardtanh(Activation):
    """min(max(x, min_val), max_val)."""

    word = "hardtanh"
    no_macs = "comparisons only"

    min_val: Number = -1.0
    max_val: Number = 1.0

    def check(self) -> None:
        if self.min_val >= self.max_val:
            raise OpError(f"min_val={self.min_val} is not below max_val={self.max_val}")


class Hardshrink(Activation):
    """x where |x| > lambd, else 0."""

    word = "hardshrink"
    no_macs = "comparisons only"

    lambd: Number = 0.5


class Threshold(Activation):
    """x where x > threshold, else value."""

    word = "threshold"
    no_macs = "comparisons only"

    threshold: Number
    value: Number
