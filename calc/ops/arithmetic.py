"""Elementwise arithmetic on tensors that broadcast, or on one tensor and a number."""

from calc.errors import OpError
from calc.ops.base import InPlace, Op
from calc.ops.base.fields import OptionalNumber
from calc.shape import Shape, Shapes, broadcast


class Arithmetic(Op):
    """Arithmetic between several inputs, broadcast as in PyTorch, or between one input and ``value``."""

    layout = "elementwise"

    value: OptionalNumber = None

    def check_ids(self) -> None:
        if self.value is not None and not self.value.is_integer():
            raise OpError(f"value={self.value} with token ids, int64; an integer makes further ids of them")

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.value is None:
            if len(inputs) < 2:
                raise OpError(f"needs at least 2 inputs, or 1 and a value, got {len(inputs)}")
            return broadcast(inputs)
        if len(inputs) != 1:
            raise OpError(f"value={self.value} takes 1 input, got {len(inputs)}")
        return inputs[0]

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"


class Add(Arithmetic):
    """x₁ + x₂ + …, or x + value."""

    word = "add"
    no_macs = "adds only"
    category = "add"
    roles = ("xs*",)
    takes = "any"


class Subtract(Arithmetic):
    """x − other, or x − value."""

    word = "subtract"
    no_macs = "subtractions only"
    category = "add"
    roles = ("x", "other?")
    takes = "any"


class Multiply(Arithmetic):
    """x₁ · x₂ · …, or x · value."""

    word = "multiply"
    no_macs = "one multiplication per element, without a sum"
    category = "multiply"
    roles = ("xs*",)
    takes = "any"


class Divide(Arithmetic):
    """x / other, or x / value."""

    word = "divide"
    no_macs = "one division per element, without a sum"
    category = "multiply"
    roles = ("x", "other?")


class Power(Arithmetic):
    """x ^ other, or x ^ value."""

    word = "power"
    no_macs = "one power per element, without a sum"
    category = "multiply"
    roles = ("x", "other?")
