"""conv_transpose1d: shapes, parameters and products of one axis."""

from hypothesis import strategies as st

from calc.ops.conv_transpose1d import ConvTranspose1d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_conv_transpose
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no sequence of channels."""
    return draw_conv_transpose(draw, x, 1)


def test_vocoder_upsampling():
    x = (Shape((512, 32), -2),)
    op = ConvTranspose1d(out_channels=256, kernel_size=16, stride=8, padding=4)
    output = op.output_shape(x)
    assert output == Shape((256, 31 * 8 - 2 * 4 + 16), -2)
    assert op.parameters(x) == {"weight": (512, 256, 16), "bias": (256,)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 512 * 256 * 16 * 32
    assert counted.effective_macs == 512 * 256 * (16 * 32 - 4 - 4)
    # every output adds the taps of two neighbouring inputs
    assert counted.fan_in == 512 * 16 // 8
