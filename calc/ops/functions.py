"""Elementwise functions that are not activations: torch.exp, log, abs, sqrt, sin, cos and clamp."""

from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import InPlace, Layout, Op
from calc.ops.base.fields import OptionalNumber
from calc.shape import Shape, Shapes


class ElementFunction(Op):
    """A function that is applied to each element; the shape stays."""

    no_macs: ClassVar[str] = "one function value per element"
    category: ClassVar[str] = "function"
    layout: ClassVar[Layout] = "elementwise"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"


class Exp(ElementFunction):
    """exp(x)."""

    word = "exp"


class Log(ElementFunction):
    """The natural logarithm of x."""

    word = "log"


class Sqrt(ElementFunction):
    """√x."""

    word = "sqrt"


class Sin(ElementFunction):
    """sin(x)."""

    word = "sin"


class Cos(ElementFunction):
    """cos(x)."""

    word = "cos"


class Abs(ElementFunction):
    """|x|."""

    word = "abs"
    no_macs = "changes signs only"


class Clamp(ElementFunction):
    """x limited to the range from ``min`` to ``max``; null means no limit."""

    word = "clamp"
    no_macs = "comparisons only"

    min: OptionalNumber = None
    max: OptionalNumber = None

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise OpError("needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise OpError(f"min={self.min} is above max={self.max}")
