"""x where x > 0, else weight · x with a learnable weight; torch.nn.PReLU."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.activation import Activation
from calc.ops.base.fields import Positive
from calc.ops.base.normalisation import first_axis_channels
from calc.shape import Shape, Shapes


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
