"""Adaptive pools: the size of the output is given. Formulas: torch.nn.AdaptiveAvgPool2d's documentation."""

from math import prod
from typing import ClassVar

from calc.ops.base import Elementwise, Op
from calc.ops.base.fields import OptionalPositiveEachAxis
from calc.ops.base.spatial import each_rank, layout
from calc.recorded import common_divisor
from calc.shape import Shape, Shapes, channel_size


class AdaptivePool(Op):
    """A pool whose windows divide each axis into ``output_size`` parts.

    Where ``output_size`` is null, the axis keeps its size.
    """

    layout = "maps"
    rank: ClassVar[int]
    category: ClassVar[str] = "pool"

    output_size: OptionalPositiveEachAxis

    def check(self) -> None:
        self.per_axis("output_size", self.rank)

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channel_size(x, -self.rank - 1, layout(self.rank))
        wanted = self.per_axis("output_size", self.rank)
        spatial = tuple(
            size if want is None else want for size, want in zip(x.sizes[-self.rank :], wanted, strict=True)
        )
        return Shape((*x.sizes[: -self.rank], *spatial), -self.rank - 1)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        """Return the number of elements that the windows read in total.

        Window i reads the elements from ⌊i · size / windows⌋ to ⌈(i + 1) · size / windows⌉ of an axis. Two neighbouring
        windows share one element where their border falls inside it. This happens at all borders but those at whole
        elements, of which there are gcd(size, windows).
        """
        sizes, windows = inputs[0].sizes, output.sizes
        spatial = zip(sizes[-self.rank :], windows[-self.rank :], strict=True)
        read = [size + count - common_divisor(size, count) for size, count in spatial]
        return {self.word: prod(sizes[: -self.rank]) * prod(read)}


class AdaptiveAvgPool(AdaptivePool):
    """The mean of each part."""

    no_macs: ClassVar[str] = "adds, and one division per window"


AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d = each_rank(
    AdaptiveAvgPool, "adaptive_avg_pool", "The mean of each part of {axes}."
)


class AdaptiveMaxPool(AdaptivePool):
    """The maximum of each part."""

    no_macs: ClassVar[str] = "comparisons only"


AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d = each_rank(
    AdaptiveMaxPool, "adaptive_max_pool", "The maximum of each part of {axes}."
)
