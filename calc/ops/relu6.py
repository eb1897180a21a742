"""min(max(x, 0), 6), torch.nn.ReLU6."""

from calc.ops.base.activation import Activation


class Relu6(Activation):
    """min(max(x, 0), 6)."""

    word = "relu6"
    no_macs = "comparisons only"
