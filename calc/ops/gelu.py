"""x · Φ(x) with the normal distribution function Φ, torch.nn.GELU."""

from typing import Literal

from calc.ops.base.activation import Activation


class Gelu(Activation):
    """x · Φ(x), or its approximation by tanh."""

    word = "gelu"
    no_macs = "one function value and one multiplication an element, no sum"

    approximate: Literal["none", "tanh"] = "none"
