"""Elementwise difference of two tensors, or of one and a number."""

from calc.ops.base.arithmetic import Arithmetic


class Subtract(Arithmetic):
    """x − other, or x − value."""

    word = "subtract"
    no_macs = "subtractions only"
    category = "add"
    roles = ("x", "other?")
