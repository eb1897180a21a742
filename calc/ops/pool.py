"""Pools over sliding windows. Formulas: torch.nn.MaxPool2d's and AvgPool2d's documentation."""

from math import prod
from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Elementwise, Op
from calc.ops.base.fields import (
    Boolean,
    OptionalBoolean,
    OptionalPositive,
    OptionalPositivePerAxis,
    PaddingOrWord,
    PositivePerAxis,
)
from calc.ops.base.spatial import AXES, each_rank, layout, paddings_of
from calc.ops.base.windows import Pair, taps_inside, window_count
from calc.shape import Shape, Shapes, channel_size


class Pool(Op):
    """A pool: one value per window over ``rank`` spatial axes; leading axes are folded into the batch.

    ``stride`` equals the kernel size if it is null. ``padding: same`` is TensorFlow's: it gives ⌈size / stride⌉ windows
    for every input size, and if the padding is odd, the extra position comes after the input.
    """

    layout = "maps"
    rank: ClassVar[int]
    category: ClassVar[str] = "pool"

    kernel_size: PositivePerAxis
    stride: OptionalPositivePerAxis = None
    padding: PaddingOrWord = 0
    ceil_mode: Boolean = False

    def check(self) -> None:
        self.strides()
        self.dilations()
        kernels = self.per_axis("kernel_size", self.rank)
        if isinstance(self.padding, str):
            return
        for kernel, padding in zip(kernels, self.paddings(kernels), strict=True):
            if max(padding) > kernel // 2:
                raise OpError(f"padding={max(padding)} is more than half of the kernel, which is {kernel}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channel_size(x, -self.rank - 1, layout(self.rank))
        sizes = x.sizes[-self.rank :]
        spatial = []
        for size, kernel, stride, padding, dilation, name in zip(
            sizes,
            self.per_axis("kernel_size", self.rank),
            self.strides(),
            self.paddings(sizes),
            self.dilations(),
            AXES[self.rank],
            strict=True,
        ):
            windows = window_count(size, kernel, stride, padding, dilation, name, self.ceil_mode)
            if self.padding == "same" and dilation >= size:
                # no window has two taps on the data, so the taps on data count the windows that meet it
                on_data = taps_inside(windows, kernel, stride, padding[0], dilation, size)
                if on_data < windows:
                    raise OpError(
                        f"{windows - on_data} of {windows} windows over the {name} {size} would see only padding "
                        f"(kernel {kernel}, dilation {dilation})"
                    )
            spatial.append(windows)
        return Shape((*x.sizes[: -self.rank], *spatial), -self.rank - 1)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        return {self.word: output.elements * prod(self.per_axis("kernel_size", self.rank))}

    def strides(self) -> tuple[int, ...]:
        """Return the stride per spatial axis."""
        return self.per_axis("kernel_size" if self.stride is None else "stride", self.rank)

    def paddings(self, sizes: tuple[int, ...]) -> tuple[Pair, ...]:
        """Return (before, after) per spatial axis of ``sizes``."""
        if isinstance(self.padding, str):
            return paddings_of(self.padding, sizes, self.kernel_size, self.strides(), self.dilations())
        return tuple(p if isinstance(p, tuple) else (p, p) for p in self.per_axis("padding", self.rank))

    def dilations(self) -> tuple[int, ...]:
        """Return the dilation per spatial axis."""
        return (1,) * self.rank


class MaxPool(Pool):
    """The largest element of each window; padding is −∞."""

    no_macs: ClassVar[str] = "comparisons only"

    dilation: PositivePerAxis = 1

    def dilations(self) -> tuple[int, ...]:
        return self.per_axis("dilation", self.rank)


MaxPool1d, MaxPool2d, MaxPool3d = each_rank(MaxPool, "max_pool", "The maximum of windows over {axes}.")


class AvgPool(Pool):
    """The mean of each window.

    Zeros of the padding count as elements unless ``count_include_pad`` is false. With ``padding: same`` they do not
    count unless it is true: as in TensorFlow, the sum is divided by the number of data elements in the window.
    """

    no_macs: ClassVar[str] = "adds, and one division per window"

    count_include_pad: OptionalBoolean = None


class AvgPool1d(AvgPool):
    """The mean of windows over 1 spatial axis."""

    word = "avg_pool1d"
    rank = 1


class AvgPool2d(AvgPool):
    """The mean of windows over 2 spatial axes; ``divisor_override`` replaces the window's size as the divisor."""

    word = "avg_pool2d"
    rank = 2

    divisor_override: OptionalPositive = None


class AvgPool3d(AvgPool):
    """The mean of windows over 3 spatial axes; ``divisor_override`` replaces the window's size as the divisor.

    As in PyTorch, and unlike other pools, its kernel may not be larger than the input without padding, unless the
    padding is ``same``.
    """

    word = "avg_pool3d"
    rank = 3

    divisor_override: OptionalPositive = None

    def output_shape(self, inputs: Shapes) -> Shape:
        output = super().output_shape(inputs)
        if self.padding == "same":
            return output
        kernels = self.per_axis("kernel_size", self.rank)
        for size, kernel, name in zip(inputs[0].sizes[-self.rank :], kernels, AXES[self.rank], strict=True):
            if size < kernel:
                raise OpError(f"a kernel of {kernel} is larger than the {name} {size} without its padding")
        return output
