"""layer_scale: one learnt factor a channel, where the channels stand."""

import pytest
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.layer_scale import LayerScale
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim, either_end
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """The channel axis from either end, or any axis where it is unknown."""
    if x.channel_axis is None:
        return Drawn({"dim": drawn_dim(draw, x)})
    return Drawn({"dim": either_end(draw, x.rank + x.channel_axis + 1, x.rank)})


def test_broadcasts_over_a_channels_first_map() -> None:
    x = Shape((96, 56, 56), -3)
    op = LayerScale()
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {"": (96, 1, 1)}
    assert op.macs((x,), x) == ()
    assert op.elementwise((x,), x) == {"layer_scale": 96 * 56 * 56}


def test_channels_last_need_no_axes_of_size_1() -> None:
    x = Shape((197, 768), -1)
    assert LayerScale(dim=-1).parameters((x,)) == {"": (768,)}


def test_an_unknown_axis_is_known_again() -> None:
    assert LayerScale(dim=2).output_shape((Shape((4, 5)),)) == Shape((4, 5), -1)


@pytest.mark.parametrize(
    "dim, fact",
    [
        (1, "dim=1 is axis -2 of the input 197×768, but its channels are on axis -1"),
        (0, "dim=0 is the batch axis"),
        (3, "dim=3 is outside the 3 axes"),
    ],
)
def test_refuses_another_axis(dim: int, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        LayerScale(dim=dim).output_shape((Shape((197, 768), -1),))
