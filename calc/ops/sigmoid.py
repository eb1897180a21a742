"""1 / (1 + exp(−x)), torch.nn.Sigmoid."""

from calc.ops.base.activation import Activation


class Sigmoid(Activation):
    """1 / (1 + exp(−x))."""

    word = "sigmoid"
    no_macs = "one function value an element"
