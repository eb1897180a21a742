"""instance_norm: parameters, buffers, and where the channels must stand."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.instance_norm import InstanceNorm
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone, chw
from tests.calc.ops.drawing import channels_first
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """None where ``x`` is not channels and one to three axes."""
    if not channels_first(x, spatial_axes=1) or x.rank > 4:
        return None
    return Drawn(
        {
            "eps": draw(st.sampled_from([1e-5, 1e-3])),
            "momentum": draw(st.sampled_from([None, 0.1])),
            "affine": draw(st.booleans()),
            "track_running_stats": x.elements == x.sizes[0] or draw(st.booleans()),
        }
    )


def test_has_nothing_to_learn_by_default():
    assert_counts_elements_alone(InstanceNorm(), chw(32, 7, 7), 32 * 7 * 7)


def test_with_weights_and_statistics():
    x = (Shape((32, 7), -2),)
    op = InstanceNorm(affine=True, track_running_stats=True)
    assert op.parameters(x) == {"weight": (32,), "bias": (32,)}
    assert op.buffers(x) == {"running_mean": (32,), "running_var": (32,), "num_batches_tracked": ()}


def test_an_unknown_axis_is_the_first():
    assert InstanceNorm().output_shape((Shape((8, 5)),)).channel_axis == -2


def test_takes_three_axes_after_the_channels():
    x = Shape((8, 2, 3, 4), -4)
    assert InstanceNorm().output_shape((x,)) == x


def test_statistics_allow_one_value_a_channel():
    x = Shape((8, 1, 1), -3)
    assert InstanceNorm(track_running_stats=True).output_shape((x,)) == x


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((8,)), "needs channels and at least 1 axis after them, got 1 axis (8)"),
        (Shape((2, 2, 2, 2, 2)), "takes 1 to 3 axes after the channels, got 4 (2×2×2×2×2)"),
        (Shape((7, 7, 8), -1), "those of the input 7×7×8 are on axis -1"),
        (Shape((8, 1, 1), -3), "needs more than 1 value per channel, got 8×1×1"),
    ],
)
def test_refused_inputs(x, fact):
    with pytest.raises(OpError) as caught:
        InstanceNorm().output_shape((x,))
    assert fact in caught.value.fact
