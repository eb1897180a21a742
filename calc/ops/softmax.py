"""exp(x) / Σ exp(x) along one axis, torch.nn.Softmax."""

from calc.ops.base.activation import Activation
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Softmax(Activation):
    """exp(x) / Σ exp(x) along ``dim``."""

    word = "softmax"
    no_macs = "one function value and one division an element, sums without products"

    dim: Integer = -1

    def output_shape(self, inputs: Shapes) -> Shape:
        dim_from_end(self.dim, inputs[0])
        return inputs[0]
