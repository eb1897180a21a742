"""What unfold and fold share: blocks of (height, width) slid over a map. Formulas: torch.nn.Unfold's documentation."""

from math import prod

from calc.ops.base import Op
from calc.ops.base.fields import NaturalPerAxis, PositivePerAxis
from calc.ops.base.windows import window_count


class Blocks(Op):
    """Blocks of ``kernel_size`` over height and width."""

    kernel_size: PositivePerAxis
    dilation: PositivePerAxis = 1
    padding: NaturalPerAxis = 0
    stride: PositivePerAxis = 1

    def check(self) -> None:
        for field in ("kernel_size", "dilation", "padding", "stride"):
            self.per_axis(field, 2)

    def block_elements(self) -> int:
        """Positions in one block of one channel."""
        return prod(self.per_axis("kernel_size", 2))

    def block_count(self, height: int, width: int) -> int:
        """Blocks over a map of this size. Raises OpError where none fits."""
        return prod(
            window_count(size, kernel, stride, (padding, padding), dilation, axis_name)
            for size, kernel, stride, padding, dilation, axis_name in zip(
                (height, width),
                self.per_axis("kernel_size", 2),
                self.per_axis("stride", 2),
                self.per_axis("padding", 2),
                self.per_axis("dilation", 2),
                ("height", "width"),
                strict=True,
            )
        )
