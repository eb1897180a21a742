"""Repeats with a copy: torch.tile (Tensor.repeat) and repeat_interleave."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer, Positive, Sizes
from calc.shape import Shape, Shapes, dim_from_end


class Tile(Op):
    """Repeats the whole of x along its axes, ``repeats`` times each, without the batch: [2] turns a b into a b a b."""

    word = "tile"
    takes = "any"
    no_macs = "copies only"

    repeats: Sizes

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if len(self.repeats) != x.rank:
            fact = f"repeats={list(self.repeats)} has {len(self.repeats)} values for the {x.rank} axes of the input {x}"
            raise OpError(fact, "leave out the batch" if len(self.repeats) == x.rank + 1 else "")
        sizes = tuple([size * times for size, times in zip(x.sizes, self.repeats, strict=True)])
        return Shape(sizes, x.channel_axis)


class RepeatInterleave(Op):
    """Repeats each position of ``dim`` ``repeats`` times: a b becomes a a b b."""

    word = "repeat_interleave"
    takes = "any"
    no_macs = "copies only"

    repeats: Positive
    dim: Integer

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        sizes = list(x.sizes)
        sizes[dim_from_end(self.dim, x)] *= self.repeats
        return Shape(tuple(sizes), x.channel_axis)
