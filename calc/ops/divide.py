"""Elementwise quotient of two tensors, or of one and a number."""

from calc.ops.base.arithmetic import Arithmetic


class Divide(Arithmetic):
    """x / other, or x / value."""

    word = "divide"
    no_macs = "one division an element, no sum"
    category = "multiply"
    roles = ("x", "other?")
