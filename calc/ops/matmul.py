"""The matrix product of two inputs, torch.matmul."""

from calc.errors import OpError
from calc.ops.base import Input, Op, Product
from calc.shape import Shape, Shapes, broadcast


class Matmul(Op):
    """(…, rows, inner) @ (…, inner, columns); the leading axes broadcast."""

    word = "matmul"
    formula = "rows · inner · columns · leading positions"
    roles = ("x", "other")

    def output_shape(self, inputs: Shapes) -> Shape:
        x, other = inputs
        if min(x.rank, other.rank) < 2:
            raise OpError(f"needs (…, rows, inner) and (…, inner, columns), got {x} and {other}")
        if x.sizes[-1] != other.sizes[-2]:
            raise OpError(f"the inner sizes of {x} and {other} differ: {x.sizes[-1]} against {other.sizes[-2]}")
        leading = broadcast((Shape(x.sizes[:-2]), Shape(other.sizes[:-2])))
        return Shape((*leading.sizes, x.sizes[-2], other.sizes[-1]))

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        inner = inputs[0].sizes[-1]
        macs = inner * output.elements
        return (Product(None, macs, macs, inner, operands=(Input(0), Input(1))),)
