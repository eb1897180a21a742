"""x · sigmoid(x), torch.nn.SiLU."""

from calc.ops.base.activation import Activation


class Silu(Activation):
    """x · sigmoid(x)."""

    word = "silu"
    no_macs = "one function value and one multiplication an element, no sum"
