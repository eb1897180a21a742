"""pixel_shuffle and pixel_unshuffle: channels into a finer map, and back."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.pixel_shuffle import PixelShuffle, PixelUnshuffle
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Any factor whose square divides the channels, or that divides height and width."""
    if x.rank < 3 or x.channel_axis not in (None, -3):
        return None
    if word == "pixel_unshuffle":
        factors = [factor for factor in range(1, 9) if not (x.sizes[-1] % factor or x.sizes[-2] % factor)]
        return Drawn({"downscale_factor": draw(st.sampled_from(factors))})
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


def test_unshuffle_is_the_way_back() -> None:
    x = Shape((5, 64 * 3**2, 10, 11), -3)
    finer = PixelShuffle(upscale_factor=3).output_shape((x,))
    assert PixelUnshuffle(downscale_factor=3).output_shape((finer,)) == x


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((8, 10, 9), -3), "downscale_factor=3 does not divide the height 10 of the input 8×10×9"),
        (Shape((8, 9, 10), -3), "downscale_factor=3 does not divide the width 10 of the input 8×9×10"),
        (Shape((9, 9)), "needs (channels, height, width), got 2 axes (9×9)"),
    ],
)
def test_unshuffle_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        PixelUnshuffle(downscale_factor=3).output_shape((x,))
    assert caught.value.fact == fact
