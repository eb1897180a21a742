"""min(max(x + 3, 0), 6) / 6, torch.nn.Hardsigmoid."""

from calc.ops.base.activation import Activation


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6."""

    word = "hardsigmoid"
    no_macs = "comparisons and one scale and shift an element"
