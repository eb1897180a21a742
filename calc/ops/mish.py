"""x · tanh(log(1 + exp(x))), torch.nn.Mish."""

from calc.ops.base.activation import Activation


class Mish(Activation):
    """x · tanh(log(1 + exp(x)))."""

    word = "mish"
    no_macs = "one function value and one multiplication an element, no sum"
