"""The common part of attention inside windows. Formulas: Liu et al. 2021, arXiv:2103.14030, Section 3.2."""

from math import prod
from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Elementwise, HeldRole, Op, Parameter, Product, Tensors
from calc.ops.base.attention import attention_products
from calc.ops.base.spatial import AXES
from calc.shape import Shape, Shapes, axes_text, channel_size


class WindowedAttention(Op):
    """Self-attention among the tokens of each window of a channels-last map, with its projections.

    ``rank`` map axes come before the channels; leading axes are folded into the batch. A bias by relative position,
    which is looked up in a table, is added to the scores.
    """

    formula: ClassVar[str] = "projections: 4 · tokens · channels²; heads: 2 · tokens · window tokens · channels"
    rank: ClassVar[int] = 2
    projections: ClassVar[tuple[str, str]] = ("qkv", "proj")
    """The names of the projection to queries, keys and values, and of the projection after the heads."""
    integer_tensors: ClassVar[tuple[str, ...]] = ("relative_position_index",)

    def heads(self, channels: int) -> int:
        """Return the number of heads. Raises OpError if it does not divide the channels."""
        raise NotImplementedError

    def windows(self) -> tuple[int, ...]:
        """Return the window's size along each map axis."""
        raise NotImplementedError

    def windows_on(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the window's size on a map of ``sizes``."""
        return self.windows()

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        layout = f"(…, {', '.join(AXES[self.rank])}, channels)"
        if x.rank <= self.rank:
            raise OpError(f"needs {layout}, got {axes_text(x.rank)} ({x})")
        self.heads(channel_size(x, -1, layout))
        return Shape(x.sizes, -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        channels = inputs[0].sizes[-1]
        qkv, projection = self.projections
        return {
            f"{qkv}.weight": (3 * channels, channels),
            f"{qkv}.bias": (3 * channels,),
            f"{projection}.weight": (channels, channels),
            f"{projection}.bias": (channels,),
        } | self.position_parameters(self.heads(channels))

    def position_parameters(self, heads: int) -> Tensors:
        """Return the learnable part of the position bias: a table with one row per offset and one column per head."""
        return {"relative_position_bias_table": (self.offsets(), heads)}

    def role_of(self, name: str) -> HeldRole:
        return "embedding" if name == "relative_position_bias_table" else super().role_of(name)

    def offsets(self) -> int:
        """Return the number of distinct offsets between two positions of a window."""
        return prod(2 * size - 1 for size in self.windows())

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        channels = output.sizes[-1]
        heads = self.heads(channels)
        windows, tokens = self._windows_and_tokens(output)
        qkv, projection = self.projections
        weight = windows * tokens * channels * channels
        # The inputs are projected before these products, so no operand is an input of the layer.
        scores, values = attention_products(windows * heads, tokens, tokens, channels // heads, channels // heads)
        return (
            Product(Parameter(f"{qkv}.weight"), 3 * weight, 3 * weight, channels),
            scores._replace(operands=()),
            values._replace(operands=()),
            Product(Parameter(f"{projection}.weight"), weight, weight, channels),
        )

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        channels = output.sizes[-1]
        windows, tokens = self._windows_and_tokens(output)
        scores = windows * self.heads(channels) * tokens * tokens
        return {"softmax": scores, "add": scores, "bias": 4 * windows * tokens * channels}

    def _windows_and_tokens(self, x: Shape) -> tuple[int, int]:
        """Return the number of windows in one sample, where the last window of each axis is padded, and of tokens in
        each.
        """
        map_sizes = x.sizes[-self.rank - 1 : -1]
        window = self.windows_on(map_sizes)
        count = prod(-(-size // along) for size, along in zip(map_sizes, window, strict=True))
        return prod(x.sizes[: -self.rank - 1]) * count, prod(window)
