"""relative_attention: MaxViT's windows and grids."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.relative_attention import RelativeAttention
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A partition that divides both sides of the map."""
    if x.rank < 3 or x.channel_axis not in (None, -1):
        return None
    common = [size for size in divisors(x.sizes[-3]) if x.sizes[-2] % size == 0]
    return Drawn(
        {
            "head_dim": draw(st.sampled_from(divisors(x.sizes[-1]))),
            "partition_size": draw(st.sampled_from(common)),
            "grid": draw(st.booleans()),
        }
    )


@pytest.mark.parametrize("grid", [False, True])
def test_counts_windows_and_grids_alike(grid: bool) -> None:
    x = Shape((56, 56, 64), -1)
    op = RelativeAttention(head_dim=32, partition_size=7, grid=grid)
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {
        "to_qkv.weight": (3 * 64, 64),
        "to_qkv.bias": (3 * 64,),
        "merge.weight": (64, 64),
        "merge.bias": (64,),
        "relative_position_bias_table": (13 * 13, 2),
    }
    assert op.buffers((x,)) == {"relative_position_index": (49, 49)}
    tokens, pairs = 56 * 56, 2 * 8 * 8 * 49 * 49
    assert op.macs((x,), x) == (
        Product(Parameter("to_qkv.weight"), tokens * 3 * 64 * 64, tokens * 3 * 64 * 64, 64),
        Product(None, pairs * 32, pairs * 32, 32),
        Product(None, pairs * 32, pairs * 32, 49),
        Product(Parameter("merge.weight"), tokens * 64 * 64, tokens * 64 * 64, 64),
    )
    assert op.elementwise((x,), x) == {"softmax": pairs, "add": pairs, "bias": tokens * 4 * 64}


def test_leading_axes_hold_maps() -> None:
    x = Shape((2, 5, 14, 7, 64), -1)
    op = RelativeAttention(head_dim=32, partition_size=7)
    assert op.output_shape((x,)) == x
    assert op.macs((x,), x)[1].macs == 2 * 5 * 2 * 1 * (2 * 49 * 49) * 32


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((14, 15, 64), -1), "partition_size=7 does not divide the width 15 of 14×15×64"),
        (Shape((15, 14, 64), -1), "partition_size=7 does not divide the height 15 of 15×14×64"),
        (Shape((14, 14, 48), -1), "head_dim=32 does not divide the 48 channels"),
        (Shape((64, 14, 14), -3), "needs its channels on axis -1"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        RelativeAttention(head_dim=32, partition_size=7).output_shape((x,))
