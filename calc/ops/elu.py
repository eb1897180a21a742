"""x where x > 0, else alpha · (exp(x) − 1); torch.nn.ELU."""

from calc.ops.base.activation import Activation
from calc.ops.base.fields import Number


class Elu(Activation):
    """x where x > 0, else alpha · (exp(x) − 1)."""

    word = "elu"
    no_macs = "one function value and one scale an element, no sum"

    alpha: Number = 1.0
