"""2-d average pooling, torch.nn.AvgPool2d."""

from calc.ops.base.fields import OptionalPositive
from calc.ops.base.pooling import AvgPool


class AvgPool2d(AvgPool):
    """The mean of windows over 2 spatial axes; ``divisor_override`` divides instead of the window's size."""

    word = "avg_pool2d"
    rank = 2

    divisor_override: OptionalPositive = None
