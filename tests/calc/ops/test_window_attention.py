"""Attention in shifted windows: padded maps, V2's bias network that runs once a call, windows that shrink to a map."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.base import Parameter, Product
from calc.ops.window_attention import WindowAttention, WindowAttention3d
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Windows smaller and larger than the map, shifted or not, of either version."""
    rank = op_class(word).rank
    if x.rank <= rank or x.channel_axis not in (None, -1):
        return None
    cosine = rank == 2 and draw(st.booleans())
    window = [draw(st.integers(2 if cosine else 1, 5)) for _ in range(rank)]
    arguments = {
        "num_heads": draw(st.sampled_from(divisors(x.sizes[-1], 8))),
        "window_size": window,
        "shift_size": [draw(st.integers(0, size - 1)) for size in window],
    }
    return Drawn(arguments | {"cosine": cosine} if rank == 2 else arguments)


def test_counts_swin_t_stage_1() -> None:
    x = Shape((56, 56, 96), -1)
    op = WindowAttention(num_heads=3, window_size=7, shift_size=3)
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {
        "qkv.weight": (3 * 96, 96),
        "qkv.bias": (3 * 96,),
        "proj.weight": (96, 96),
        "proj.bias": (96,),
        "relative_position_bias_table": (13 * 13, 3),
    }
    assert op.buffers((x,)) == {"relative_position_index": (49 * 49,)}
    tokens = 56 * 56
    scores = 3 * 8 * 8 * 49 * 49
    assert op.macs((x,), x) == (
        Product(Parameter("qkv.weight"), tokens * 3 * 96 * 96, tokens * 3 * 96 * 96, 96),
        Product(None, scores * 32, scores * 32, 32),
        Product(None, scores * 32, scores * 32, 49),
        Product(Parameter("proj.weight"), tokens * 96 * 96, tokens * 96 * 96, 96),
    )
    assert op.elementwise((x,), x) == {"softmax": scores, "add": scores, "bias": tokens * (3 + 1) * 96}


def test_a_padded_map_is_projected_whole() -> None:
    x = Shape((2, 8, 13, 4), -1)
    op = WindowAttention(num_heads=2, window_size=[7, 5])
    windows = 2 * 2 * 3
    macs = [product.macs for product in op.macs((x,), x)]
    assert op.output_shape((x,)) == x
    assert macs == [windows * 35 * 3 * 4 * 4, windows * 35 * 35 * 4, windows * 35 * 35 * 4, windows * 35 * 4 * 4]
    assert [product.effective_macs for product in op.macs((x,), x)] == macs


def test_cosine_attention_makes_its_bias_once_a_call() -> None:
    x = Shape((64, 64, 96), -1)
    op = WindowAttention(num_heads=3, window_size=8, cosine=True)
    assert "relative_position_bias_table" not in op.parameters((x,))
    assert {name: sizes for name, sizes in op.parameters((x,)).items() if not name.startswith(("qkv", "proj"))} == {
        "logit_scale": (3, 1, 1),
        "cpb_mlp.0.weight": (512, 2),
        "cpb_mlp.0.bias": (512,),
        "cpb_mlp.2.weight": (3, 512),
    }
    assert op.buffers((x,)) == {
        "relative_position_index": (64 * 64,),
        "relative_coords_table": (1, 15, 15, 2),
    }
    hidden, bias, *attention = op.macs((x,), x)
    assert hidden == Product(Parameter("cpb_mlp.0.weight"), 225 * 2 * 512, 225 * 2 * 512, 2, per_call=True)
    assert bias == Product(Parameter("cpb_mlp.2.weight"), 225 * 512 * 3, 225 * 512 * 3, 512, per_call=True)
    assert not any(product.per_call for product in attention)
    assert attention == list(WindowAttention(num_heads=3, window_size=8).macs((x,), x))


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"num_heads": 3, "window_size": 7, "shift_size": 7}, "shift_size=7 must be smaller than window_size=7"),
        ({"num_heads": 3, "window_size": [7, 7, 7]}, "window_size has 3 values for 2 spatial axes"),
        ({"num_heads": 3, "window_size": [7, 1], "cosine": True}, "needs a window_size of at least 2, got 1"),
    ],
)
def test_refuses_arguments(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        WindowAttention(**arguments)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((56, 56, 95), -1), "num_heads=3 does not divide the 95 channels"),
        (Shape((96, 56, 56), -3), "needs its channels on axis -1"),
        (Shape((49, 96), -1), r"needs \(…, height, width, channels\), got 2 axes"),
    ],
)
def test_refuses_inputs(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        WindowAttention(num_heads=3, window_size=7).output_shape((x,))


def test_counts_a_map_larger_than_the_window() -> None:
    x = Shape((16, 10, 14, 96), -1)
    op = WindowAttention3d(num_heads=3, window_size=[8, 7, 7], shift_size=[4, 3, 3])
    assert op.output_shape((x,)) == x
    assert op.parameters((x,))["relative_position_bias_table"] == (15 * 13 * 13, 3)
    assert op.buffers((x,)) == {"relative_position_index": (8 * 7 * 7, 8 * 7 * 7)}
    windows, tokens = 2 * 2 * 2, 8 * 7 * 7
    assert [(product.weight and str(product.weight), product.macs, product.fan_in) for product in op.macs((x,), x)] == [
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
def test_refuses_inputs_in_3d(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        WindowAttention3d(num_heads=3, window_size=[8, 7, 7]).output_shape((x,))
