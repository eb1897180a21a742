"""conv_transpose3d: shapes, parameters and products of three axes."""

from hypothesis import strategies as st

from calc.ops.conv_transpose3d import ConvTranspose3d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_conv_transpose
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no volume."""
    return draw_conv_transpose(draw, x, 3)


def test_axes_of_their_own():
    x = (Shape((4, 2, 3, 5), -4),)
    op = ConvTranspose3d(out_channels=6, kernel_size=[1, 2, 3], stride=[1, 2, 1], groups=2, bias=False)
    output = op.output_shape(x)
    assert output == Shape((6, 2, 2 * 3, 5 + 2), -4)
    assert op.parameters(x) == {"weight": (4, 6 // 2, 1, 2, 3)}
    (counted,) = op.macs(x, output)
    assert counted.macs == counted.effective_macs == 4 * (6 // 2) * (1 * 2 * 3) * (2 * 3 * 5)
