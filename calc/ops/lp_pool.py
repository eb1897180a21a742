"""Power-average pools. Formulas: torch.nn.LPPool2d's documentation."""

from math import prod
from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Elementwise, Op
from calc.ops.base.fields import Boolean, Number, OptionalPositivePerAxis, PositivePerAxis
from calc.ops.base.spatial import AXES, each_rank, layout
from calc.ops.base.windows import window_count
from calc.shape import Shape, Shapes, channel_size


class LpPool(Op):
    """The ``norm_type``-th root of the sum of powers in each window; leading axes are folded into the batch.

    ``stride`` equals the kernel size if it is null. One power is counted for each input and one for each output.
    """

    rank: ClassVar[int]
    no_macs: ClassVar[str] = "powers and adds"
    category: ClassVar[str] = "pool"

    norm_type: Number
    kernel_size: PositivePerAxis
    stride: OptionalPositivePerAxis = None
    ceil_mode: Boolean = False

    def check(self) -> None:
        if self.norm_type <= 0:
            raise OpError(f"norm_type={self.norm_type} must be larger than 0")
        self._fields_by_axis()

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channel_size(x, -self.rank - 1, layout(self.rank))
        axes = zip(x.sizes[-self.rank :], *self._fields_by_axis(), AXES[self.rank], strict=True)
        spatial = [window_count(size, k, step, (0, 0), 1, name, self.ceil_mode) for size, k, step, name in axes]
        return Shape((*x.sizes[: -self.rank], *spatial), -self.rank - 1)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        kernels, _ = self._fields_by_axis()
        return {self.word: output.elements * prod(kernels), "power": inputs[0].elements + output.elements}

    def _fields_by_axis(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        kernels = self.per_axis("kernel_size", self.rank)
        return kernels, kernels if self.stride is None else self.per_axis("stride", self.rank)


LpPool1d, LpPool2d, LpPool3d = each_rank(LpPool, "lp_pool", "The p-norm of windows over {axes}.")
