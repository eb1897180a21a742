"""The largest values along an axis, torch.topk."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Boolean, Integer, Positive
from calc.shape import Shape, Shapes, dim_from_end


class Topk(Op):
    """The ``k`` largest values along ``dim``, or the smallest if ``largest`` is false: torch.topk's first result.

    Every element that is read counts once.
    """

    word = "topk"
    no_macs = "comparisons only"
    category = "pool"

    k: Positive
    dim: Integer = -1
    largest: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        if self.k > x.sizes[axis]:
            raise OpError(f"k={self.k} is more than the {x.sizes[axis]} positions of dim={self.dim} of the input {x}")
        sizes = list(x.sizes)
        sizes[axis] = self.k
        return Shape(tuple(sizes), None if axis == x.channel_axis else x.channel_axis)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {self.word: inputs[0].elements}
