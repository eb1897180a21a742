"""Swin's attention in shifted windows, arXiv:2103.14030; with ``cosine`` that of Swin V2, arXiv:2111.09883.

Video Swin's windows extend over time, too: arXiv:2106.13230.
"""

from math import prod

from calc.errors import OpError
from calc.ops.base import HeldRole, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, NaturalPerAxis, Positive, PositivePerAxis
from calc.ops.base.windowed_attention import WindowedAttention
from calc.shape import Shape, Shapes

CPB_HIDDEN = 512
"""Hidden units of the network that makes V2's position bias."""


class ShiftedWindowAttention(WindowedAttention):
    """Windows over a map that is first padded with zeros to whole windows and then rolled by ``shift_size``.

    The padding is projected and attended to like data, so its tokens count in full. Tokens that became neighbours only
    by the roll do not see each other, but their pairs count, too.
    """

    num_heads: Positive
    window_size: PositivePerAxis
    shift_size: NaturalPerAxis = 0

    def check(self) -> None:
        for window, shift in zip(self.windows(), self.per_axis("shift_size", self.rank), strict=True):
            if shift >= window:
                raise OpError(f"shift_size={shift} must be smaller than window_size={window}")

    def windows(self) -> tuple[int, ...]:
        return self.per_axis("window_size", self.rank)

    def heads(self, channels: int) -> int:
        if channels % self.num_heads:
            raise OpError(f"num_heads={self.num_heads} does not divide the {channels} channels")
        return self.num_heads


class WindowAttention(ShiftedWindowAttention):
    """Attention inside the windows of a (…, height, width, channels) map.

    ``cosine`` uses cosine similarity with one learnt scale per head. It has no key bias (though the tensor stays), and
    a small network computes the position bias from the logarithmic offset. That network runs once per call and not once
    per sample; its activations are not counted as elements.
    """

    word = "window_attention"

    cosine: Boolean = False

    def check(self) -> None:
        super().check()
        if self.cosine and min(self.windows()) < 2:
            raise OpError(f"cosine=true needs a window_size of at least 2, got {min(self.windows())}")

    def position_parameters(self, heads: int) -> Tensors:
        if not self.cosine:
            return super().position_parameters(heads)
        return {
            "logit_scale": (heads, 1, 1),
            "cpb_mlp.0.weight": (CPB_HIDDEN, 2),
            "cpb_mlp.0.bias": (CPB_HIDDEN,),
            "cpb_mlp.2.weight": (heads, CPB_HIDDEN),
        }

    def role_of(self, name: str) -> HeldRole:
        return "norm" if name == "logit_scale" else super().role_of(name)

    def buffers(self, inputs: Shapes) -> Tensors:
        height, width = self.windows()
        tensors: Tensors = {"relative_position_index": (prod(self.windows()) ** 2,)}
        if self.cosine:
            tensors["relative_coords_table"] = (1, 2 * height - 1, 2 * width - 1, 2)
        return tensors

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        products = super().macs(inputs, output)
        if not self.cosine:
            return products
        hidden = self.offsets() * 2 * CPB_HIDDEN
        bias = self.offsets() * CPB_HIDDEN * self.num_heads
        return (
            Product(Parameter("cpb_mlp.0.weight"), hidden, hidden, 2, per_call=True),
            Product(Parameter("cpb_mlp.2.weight"), bias, bias, CPB_HIDDEN, per_call=True),
            *products,
        )


class WindowAttention3d(ShiftedWindowAttention):
    """Attention inside the windows of a (…, depth, height, width, channels) map.

    On an axis that is no longer than the window, the window covers the whole axis and is not shifted.
    """

    word = "window_attention3d"
    rank = 3

    def windows_on(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(min, self.windows(), sizes))

    def buffers(self, inputs: Shapes) -> Tensors:
        tokens = prod(self.windows())
        return {"relative_position_index": (tokens, tokens)}
