"""Elementwise product of any number of tensors, or of one and a number."""

from calc.ops.base.arithmetic import Arithmetic


class Multiply(Arithmetic):
    """x₁ · x₂ · …, or x · value."""

    word = "multiply"
    no_macs = "one multiplication an element, no sum"
    category = "multiply"
    roles = ("xs*",)
