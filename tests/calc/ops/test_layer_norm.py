"""layer_norm and rms_norm: which axes they norm, and their parameters."""

import pytest
from hypothesis import strategies as st

from calc.ops.layer_norm import LayerNorm, RmsNorm
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field; None for a scalar."""
    if x.rank < 1:
        return None
    arguments = {
        "normalized_axes": draw(st.just(1) | st.integers(1, x.rank)),
        "eps": draw(st.sampled_from([1e-5, 1e-6])),
    }
    if word == "rms_norm":
        return Drawn({**arguments, "elementwise_affine": draw(st.booleans())})
    return Drawn({**arguments, "affine": draw(st.booleans()), "bias": draw(st.booleans())})


def test_over_the_channels_of_tokens():
    x = (Shape((197, 768), -1),)
    op = LayerNorm(eps=1e-6)
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {"weight": (768,), "bias": (768,)}
    assert op.elementwise(x, x[0]) == {"layer_norm": 197 * 768}
    assert op.macs(x, x[0]) == ()


def test_over_channels_that_stand_first():
    x = (Shape((96, 56, 57), -3),)
    assert LayerNorm().parameters(x) == {"weight": (96,), "bias": (96,)}
    assert LayerNorm().output_shape(x) == x[0]


def test_an_unknown_axis_is_the_last():
    x = (Shape((96, 56)),)
    assert LayerNorm().parameters(x) == {"weight": (56,), "bias": (56,)}
    assert LayerNorm().output_shape(x) == Shape((96, 56), -1)


def test_over_trailing_axes():
    x = (Shape((8, 5, 6)),)
    op = LayerNorm(normalized_axes=2)
    assert op.parameters(x) == {"weight": (5, 6), "bias": (5, 6)}
    assert op.output_shape(x) == x[0]
    assert LayerNorm(normalized_axes=3).parameters(x) == {"weight": (8, 5, 6), "bias": (8, 5, 6)}
    assert LayerNorm(normalized_axes=3).output_shape(x) == x[0]
    assert LayerNorm(normalized_axes=2, bias=False).parameters(x) == {"weight": (5, 6)}
    assert LayerNorm(bias=False).parameters(x) == {"weight": (6,)}


@pytest.mark.parametrize(
    "arguments, names",
    [
        ({"bias": False}, ["weight"]),
        ({"affine": False}, []),
        ({"affine": False, "bias": False}, []),
    ],
)
def test_parameters_that_are_there(arguments, names):
    assert list(LayerNorm(**arguments).parameters((Shape((4, 6), -1),))) == names


def test_an_rms_norm_has_one_weight_and_is_counted_as_a_norm():
    x = (Shape((16, 64), -1),)
    op = RmsNorm()
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {"weight": (64,)}
    assert op.macs(x, x[0]) == ()
    assert op.elementwise(x, x[0]) == {"rms_norm": 16 * 64}
    assert op.category == LayerNorm.category == "norm"
    assert RmsNorm(elementwise_affine=False).parameters(x) == {}


def test_an_rms_norm_over_other_axes():
    assert RmsNorm().parameters((Shape((96, 56, 57), -3),)) == {"weight": (96,)}
    assert RmsNorm().output_shape((Shape((96, 56)),)) == Shape((96, 56), -1)
    assert RmsNorm(normalized_axes=2).parameters((Shape((8, 5, 6)),)) == {"weight": (5, 6)}


@pytest.mark.parametrize(
    "x, strides, found",
    [
        (Shape((2, 3, 4), -1), (1, 8, 2), (1, 8, 2)),
        (Shape((2, 3, 4), -1), (6, 3, 1), (12, 4, 1)),
        (Shape((4, 2, 3)), (1, 12, 4), (1, 12, 4)),
        (Shape((4, 2, 3), -3), (1, 12, 4), (6, 3, 1)),
    ],
)
def test_an_rms_norm_leaves_maps_as_they_lie_where_it_is_over_their_last_axis(x, strides, found):
    assert RmsNorm().own_strides(x, strides) == found
