"""Swin's attention in shifted windows: arXiv:2103.14030, and with ``cosine`` V2's, arXiv:2111.09883."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Product, Tensors
from calc.ops.base.fields import Boolean
from calc.ops.base.window_attention import ShiftedWindowAttention
from calc.shape import Shape, Shapes

CPB_HIDDEN = 512
"""Hidden units of the network that makes V2's position bias."""


class WindowAttention(ShiftedWindowAttention):
    """Attention inside the windows of a (…, height, width, channels) map.

    ``cosine``: cosine similarity with a learnt scale a head, no key bias (its tensor stays), and the
    position bias from a small network of the logarithmic offset, which runs once a call and not once a
    sample (its activations are not counted as elements).
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
            Product("cpb_mlp.0.weight", hidden, hidden, 2, per_call=True),
            Product("cpb_mlp.2.weight", bias, bias, CPB_HIDDEN, per_call=True),
            *products,
        )
