"""local_response_norm: counted as elements, and where the channels must stand."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.local_response_norm import LocalResponseNorm
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone, chw
from tests.calc.ops.drawing import channels_first
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """None where ``x`` is not channels and at least one axis."""
    if not channels_first(x, spatial_axes=1):
        return None
    return Drawn(
        {
            "size": draw(st.integers(1, 6)),
            "alpha": draw(st.sampled_from([1e-4, 0.5])),
            "beta": draw(st.sampled_from([0.75, 0.5])),
            "k": draw(st.sampled_from([1, 2.0])),
        }
    )


def test_alexnet():
    assert_counts_elements_alone(LocalResponseNorm(size=5, k=2), chw(96, 55, 55), 96 * 55 * 55)


def test_an_unknown_axis_is_the_first():
    assert LocalResponseNorm(size=5).output_shape((Shape((8, 5, 7)),)) == Shape((8, 5, 7), -3)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((8,)), "needs channels and at least 1 axis after them, got 1 axis (8)"),
        (Shape((7, 7, 8), -1), "those of the input 7×7×8 are on axis -1"),
    ],
)
def test_refused_inputs(x, fact):
    with pytest.raises(OpError) as caught:
        LocalResponseNorm(size=5).output_shape((x,))
    assert fact in caught.value.fact
