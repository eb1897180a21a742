"""The gated linear unit, torch.nn.GLU: half of an axis gates the other half."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Glu(Op):
    """first · sigmoid(second), where first and second are the halves of x along ``dim``."""

    word = "glu"
    no_macs = "one function value and one multiplication per output, without a sum"
    category = "activation"
    layout = "elementwise"

    dim: Integer = -1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        if x.sizes[axis] % 2:
            raise OpError(
                f"dim={self.dim} of the input {x} has {x.sizes[axis]} positions, an odd number, so it cannot be halved"
            )
        sizes = list(x.sizes)
        sizes[axis] //= 2
        return Shape(tuple(sizes), x.channel_axis)
