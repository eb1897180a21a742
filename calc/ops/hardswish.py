"""x · min(max(x + 3, 0), 6) / 6, torch.nn.Hardswish."""

from calc.ops.base.activation import Activation


class Hardswish(Activation):
    """x · min(max(x + 3, 0), 6) / 6."""

    word = "hardswish"
    no_macs = "comparisons and one multiplication an element, no sum"
