"""Softmax along an axis and its logarithm, torch.nn.Softmax and LogSoftmax."""

from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Softmax(Op):
    """exp(x) / Σ exp(x) along ``dim``."""

    word = "softmax"
    no_macs = "one function value and one division per element, and sums without products"
    category = "activation"

    dim: Integer = -1

    def output_shape(self, inputs: Shapes) -> Shape:
        dim_from_end(self.dim, inputs[0])
        return inputs[0]


class LogSoftmax(Softmax):
    """x − log Σ exp(x) along ``dim``."""

    word = "log_softmax"
    no_macs = "one function value and one subtraction per element, and sums without products"
