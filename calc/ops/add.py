"""Elementwise sum of any number of tensors, or of one and a number."""

from calc.ops.base.arithmetic import Arithmetic


class Add(Arithmetic):
    """x₁ + x₂ + …, or x + value."""

    word = "add"
    no_macs = "adds only"
    category = "add"
    roles = ("xs*",)
