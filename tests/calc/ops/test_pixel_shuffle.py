"""pixel_shuffle: channels into a finer map."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.pixel_shuffle import PixelShuffle
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any factor whose square divides the channels."""
    if x.rank < 3 or x.channel_axis not in (None, -3):
        return None
    factors = [factor for factor in range(1, 5) if x.sizes[-3] % factor**2 == 0]
    return Drawn({"upscale_factor": draw(st.sampled_from(factors))})


def test_shape() -> None:
    x = Shape((64 * 3**2, 10, 11), -3)
    assert PixelShuffle(upscale_factor=3).output_shape((x,)) == Shape((64, 10 * 3, 11 * 3), -3)


def test_leading_axes_stay() -> None:
    assert PixelShuffle(upscale_factor=2).output_shape((Shape((5, 8, 4, 6)),)) == Shape((5, 8 // 4, 8, 12), -3)


def test_refuses_other_channels() -> None:
    with pytest.raises(OpError, match="upscale_factor²=9 does not divide in_channels=66"):
        PixelShuffle(upscale_factor=3).output_shape((Shape((66, 10, 10), -3),))
