"""Comparisons, element by element: torch.eq, ne, lt, le, gt and ge."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import OptionalNumber
from calc.shape import Shape, Shapes, broadcast


class Compare(Op):
    """1 where x equals other (``eq``), or ``value``, and 0 elsewhere. The other operators work the same way.

    The operators are ``eq``, ``ne``, ``lt``, ``le``, ``gt`` and ``ge``. It takes token ids too, and makes a mask of
    them. ``dtype`` says whether the output is floats or integers.
    """

    word = "compare"
    no_macs = "comparisons only"
    layout = "elementwise"
    roles = ("x", "other?")
    takes = "mixed"

    operator: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    value: OptionalNumber = None
    dtype: Literal["float32", "int64"] = "float32"

    @property
    def output_dtype(self) -> Literal["float32", "int64"]:
        return self.dtype

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.value is None and len(inputs) < 2:
            raise OpError("takes 2 inputs (x, other), or 1 and a value, got 1")
        if self.value is not None and len(inputs) > 1:
            raise OpError(f"value={self.value} takes 1 input, got {len(inputs)}")
        return broadcast(inputs)
