"""Elements that move along an axis and come in again at its other end: torch.roll."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import IntegerOrIntegers
from calc.shape import Shape, Shapes, dim_from_end


class Roll(Op):
    """x shifted by ``shifts`` along ``dim``, with one shift for each dim."""

    layout = "maps"
    word = "roll"
    takes = "any"
    no_macs = "copies only"

    shifts: IntegerOrIntegers
    dim: IntegerOrIntegers

    def check(self) -> None:
        shifts, dims = (len(v) if isinstance(v, tuple) else 1 for v in (self.shifts, self.dim))
        if shifts != dims:
            raise OpError(f"shifts has {shifts} values, but dim names {dims} axes")

    def output_shape(self, inputs: Shapes) -> Shape:
        for dim in self.dim if isinstance(self.dim, tuple) else (self.dim,):
            dim_from_end(dim, inputs[0])
        return inputs[0]
