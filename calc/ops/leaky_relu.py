"""x where x > 0, else negative_slope · x; torch.nn.LeakyReLU."""

from calc.ops.base.activation import Activation
from calc.ops.base.fields import Number


class LeakyRelu(Activation):
    """x where x > 0, else negative_slope · x."""

    word = "leaky_relu"
    no_macs = "one scale of each negative element, no sum"

    negative_slope: Number = 0.01
