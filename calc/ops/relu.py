"""max(x, 0), torch.nn.ReLU."""

from calc.ops.base.activation import Activation


class Relu(Activation):
    """max(x, 0)."""

    word = "relu"
    no_macs = "comparisons only"
