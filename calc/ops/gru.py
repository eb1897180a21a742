"""Gated recurrent unit, torch.nn.GRU."""

from calc.ops.base.recurrent import Recurrent


class Gru(Recurrent):
    """Three gates; reset multiplies the hidden product, as PyTorch and cuDNN have it."""

    word = "gru"
    gates = 3
    cell_elementwise = {"sigmoid": 2, "tanh": 1, "multiply": 3, "subtract": 1, "add": 3 + 1}
