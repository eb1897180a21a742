"""The inverse of a max pool. Formulas: torch.nn.MaxUnpool2d's documentation."""

from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import NaturalPerAxis, OptionalPositivePerAxis, PositivePerAxis
from calc.ops.base.spatial import AXES, each_rank, layout
from calc.ops.base.windows import window_count
from calc.shape import Shape, Shapes, channel_size


class MaxUnpool(Op):
    """Puts each element where the largest element of its window was in ``pooled``, and zeros elsewhere.

    ``pooled`` is the map that the max pool with the same fields read. The positions are found in it again, so it must
    stay in memory until this layer. x has the size that the pool gave, and the output has the size of ``pooled``.
    """

    rank: ClassVar[int]
    no_macs: ClassVar[str] = "moves elements only"
    roles: ClassVar[tuple[str, ...]] = ("x", "pooled")

    kernel_size: PositivePerAxis
    stride: OptionalPositivePerAxis = None
    padding: NaturalPerAxis = 0

    def check(self) -> None:
        for kernel, _, padding in self._by_axis():
            if padding > kernel // 2:
                raise OpError(f"padding={padding} is more than half of the kernel, which is {kernel}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x, pooled = inputs
        for shape in inputs:
            channel_size(shape, -self.rank - 1, layout(self.rank))
        axes = zip(pooled.sizes[-self.rank :], self._by_axis(), AXES[self.rank], strict=True)
        spatial = [window_count(size, k, step, (pad, pad), 1, name) for size, (k, step, pad), name in axes]
        wanted = (*pooled.sizes[: -self.rank], *spatial)
        if x.sizes != wanted:
            raise OpError(f"a max pool with these fields makes {Shape(wanted)} of {pooled}, but x is {x}")
        return Shape(pooled.sizes, -self.rank - 1)

    def _by_axis(self) -> list[tuple[int, int, int]]:
        stride = "kernel_size" if self.stride is None else "stride"
        return list(zip(*(self.per_axis(f, self.rank) for f in ("kernel_size", stride, "padding")), strict=True))


MaxUnpool1d, MaxUnpool2d, MaxUnpool3d = each_rank(MaxUnpool, "max_unpool", "The inverse of a max pool over {axes}.")
