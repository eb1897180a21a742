"""3-d average pooling, torch.nn.AvgPool3d."""

from calc.errors import OpError
from calc.ops.base.convolution import AXES
from calc.ops.base.fields import OptionalPositive
from calc.ops.base.pooling import AvgPool
from calc.shape import Shape, Shapes


class AvgPool3d(AvgPool):
    """The mean of windows over 3 spatial axes; ``divisor_override`` divides instead of the window's size.

    Unlike the other pools PyTorch's wants a kernel no larger than the input without its padding.
    """

    word = "avg_pool3d"
    rank = 3

    divisor_override: OptionalPositive = None

    def output_shape(self, inputs: Shapes) -> Shape:
        output = super().output_shape(inputs)
        kernels = self.per_axis("kernel_size", self.rank)
        for size, kernel, name in zip(inputs[0].sizes[-self.rank :], kernels, AXES[self.rank], strict=True):
            if size < kernel:
                raise OpError(f"a kernel of {kernel} is larger than the {name} {size} without its padding")
        return output
