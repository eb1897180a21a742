"""patch_merge: the positions of 2×2 patches as channels."""

import pytest
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.patch_merge import PatchMerge
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(_draw: DrawFn, x: Shape) -> Drawn | None:
    """Takes no arguments; needs a channels-last map."""
    return Drawn({}) if x.rank > 2 and x.channel_axis in (None, -1) else None


@pytest.mark.parametrize(
    "sizes, merged",
    [
        ((56, 56, 96), (28, 28, 4 * 96)),
        ((7, 9, 5), (4, 5, 4 * 5)),
        ((1, 1, 1), (1, 1, 4)),
        ((8, 6, 3, 2), (8, 3, 2, 4 * 2)),
    ],
)
def test_halves_the_map(sizes: tuple[int, ...], merged: tuple[int, ...]) -> None:
    x = Shape(sizes, -1)
    op = PatchMerge()
    assert op.output_shape((x,)) == Shape(merged, -1)
    assert op.parameters((x,)) == {}
    assert op.macs((x,), Shape(merged, -1)) == ()


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((49, 96), -1), r"needs \(…, height, width, channels\), got 2 axes \(49×96\)"),
        (Shape((96, 7, 7), -3), "needs its channels on axis -1"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        PatchMerge().output_shape((x,))
