"""Elementwise power of two tensors, or of one and a number."""

from calc.ops.base.arithmetic import Arithmetic


class Power(Arithmetic):
    """x ^ other, or x ^ value."""

    word = "power"
    no_macs = "one power an element, no sum"
    category = "multiply"
    roles = ("x", "other?")
