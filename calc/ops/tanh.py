"""tanh(x), torch.nn.Tanh."""

from calc.ops.base.activation import Activation


class Tanh(Activation):
    """tanh(x)."""

    word = "tanh"
    no_macs = "one function value an element"
