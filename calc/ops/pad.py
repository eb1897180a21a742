"""Padding as a layer of its own, torch.nn.functional.pad."""

from typing import Annotated, Literal

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.axes import dims_from_end
from calc.ops.base.fields import IntegerOrIntegers, Number, Padding, or_null
from calc.shape import Shape, Shapes, channel_size


class Pad(Op):
    """Pads each axis of ``dim``, or each spatial axis: all axes after the channels.

    ``padding`` gives the positions before and after each axis. A list of k values pads the last k axes, and a number
    pads all axes but the first. The next layer sees the padding as data.
    """

    word = "pad"
    takes = "any"
    no_macs = "copies only"

    padding: Padding
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Number = 0
    dim: Annotated[int | tuple[int, ...] | None, or_null(IntegerOrIntegers)] = None

    def check(self) -> None:
        if self.mode != "constant" and self.value:
            raise OpError(f"value={self.value} has no effect with mode={self.mode}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axes = self.axes(x)
        sizes = list(x.sizes)
        for axis, pair in zip(axes, self.per_axis("padding", len(axes)), strict=True):
            before, after = pair if isinstance(pair, tuple) else (pair, pair)
            room = {"reflect": sizes[axis] - 1, "circular": sizes[axis]}.get(self.mode, max(before, after))
            if max(before, after) > room:
                raise OpError(f"padding={max(before, after)} is more than the {room} that mode={self.mode} can copy")
            sizes[axis] += before + after
        return Shape(tuple(sizes), x.channel_axis if self.dim is not None else axes[0] - 1)

    def axes(self, x: Shape) -> tuple[int, ...]:
        """Return the axes that are padded, counted from the end."""
        if self.dim is not None:
            return dims_from_end(self.dim, x)
        count = len(self.padding) if isinstance(self.padding, tuple) else x.rank - 1
        if count < 1:
            raise OpError(f"padding={self.padding} needs spatial axes after the channels, the input is {x}")
        channel_size(x, -count - 1, f"(channels, and {count} spatial axes)")
        return tuple(range(-count, 0))
