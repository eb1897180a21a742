"""Takes a part of one axis, as a Python slice does."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer, OptionalInteger, Positive
from calc.recorded import maximum, minimum
from calc.shape import Shape, Shapes, dim_from_end
from calc.strides import Sizes, Strides


class Slice(Op):
    """x[start:end:step] along ``dim``; negative positions count from the end, and null stands for the end."""

    word = "slice"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    dim: Integer
    start: Integer = 0
    end: OptionalInteger = None
    step: Positive = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        size = self._taken(x.sizes[axis])
        if not size:
            end = "" if self.end is None else self.end
            raise OpError(f"{self.start}:{end} is empty on dim={self.dim} of size {x.sizes[axis]}")
        sizes = list(x.sizes)
        sizes[axis] = size
        return Shape(tuple(sizes), x.channel_axis)

    def _taken(self, size: int) -> int:
        """Return the number of positions that the slice takes, out of ``size``."""
        end = size if self.end is None else _place(self.end, size)
        return maximum(0, -(-(end - _place(self.start, size)) // self.step))

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides:
        found = list(strides)
        found[self.dim - 1 if self.dim > 0 else self.dim] *= self.step
        return tuple(found)


def _place(position: int, size: int) -> int:
    """Return ``position`` limited to ``size``. A negative one is counted from the end."""
    return minimum(position, size) if position >= 0 else maximum(position + size, 0)
