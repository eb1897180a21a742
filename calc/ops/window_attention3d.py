"""Video Swin's attention in shifted windows, arXiv:2106.13230."""

from math import prod

from calc.ops.base import Tensors
from calc.ops.base.window_attention import ShiftedWindowAttention
from calc.shape import Shapes


class WindowAttention3d(ShiftedWindowAttention):
    """Attention inside the windows of a (…, depth, height, width, channels) map.

    Along an axis that is no longer than the window, the window is the axis and is not shifted.
    """

    word = "window_attention3d"
    rank = 3

    def windows_on(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(min, self.windows(), sizes))

    def buffers(self, inputs: Shapes) -> Tensors:
        tokens = prod(self.windows())
        return {"relative_position_index": (tokens, tokens)}
