"""Running sums along an axis, torch.cumsum."""

from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Cumsum(Op):
    """At each position along ``dim``, the sum of all elements up to and including it."""

    word = "cumsum"
    takes = "any"
    no_macs = "adds only"
    category = "add"

    dim: Integer

    def output_shape(self, inputs: Shapes) -> Shape:
        dim_from_end(self.dim, inputs[0])
        return inputs[0]
