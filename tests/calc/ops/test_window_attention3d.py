"""window_attention3d: windows that shrink to a smaller map."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.window_attention3d import WindowAttention3d
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Windows smaller and larger than the map, shifted or not."""
    if x.rank < 4 or x.channel_axis not in (None, -1):
        return None
    window = [draw(st.integers(1, 4)) for _ in range(3)]
    return Drawn(
        {
            "num_heads": draw(st.sampled_from(divisors(x.sizes[-1], 8))),
            "window_size": window,
            "shift_size": [draw(st.integers(0, size - 1)) for size in window],
        }
    )


def test_counts_a_map_larger_than_the_window() -> None:
    x = Shape((16, 10, 14, 96), -1)
    op = WindowAttention3d(num_heads=3, window_size=[8, 7, 7], shift_size=[4, 3, 3])
    assert op.output_shape((x,)) == x
    assert op.parameters((x,))["relative_position_bias_table"] == (15 * 13 * 13, 3)
    assert op.buffers((x,)) == {"relative_position_index": (8 * 7 * 7, 8 * 7 * 7)}
    windows, tokens = 2 * 2 * 2, 8 * 7 * 7
    assert [(product.weight, product.macs, product.fan_in) for product in op.macs((x,), x)] == [
        ("qkv.weight", windows * tokens * 3 * 96 * 96, 96),
        (None, windows * tokens * tokens * 96, 32),
        (None, windows * tokens * tokens * 96, tokens),
        ("proj.weight", windows * tokens * 96 * 96, 96),
    ]


def test_the_window_shrinks_to_the_map() -> None:
    x = Shape((3, 7, 5, 8), -1)
    op = WindowAttention3d(num_heads=2, window_size=[8, 4, 7])
    assert op.parameters((x,))["relative_position_bias_table"] == (15 * 7 * 13, 2)
    windows, tokens = 1 * 2 * 1, 3 * 4 * 5
    assert sum(product.macs for product in op.macs((x,), x)) == windows * tokens * (4 * 8 * 8 + 2 * tokens * 8)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((7, 7, 96), -1), r"needs \(…, depth, height, width, channels\), got 3 axes"),
        (Shape((96, 8, 7, 7), -4), "needs its channels on axis -1"),
        (Shape((8, 7, 7, 95), -1), "num_heads=3 does not divide the 95 channels"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        WindowAttention3d(num_heads=3, window_size=[8, 7, 7]).output_shape((x,))
