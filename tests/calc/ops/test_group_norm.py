"""group_norm: groups, parameters, and where the channels must stand."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.group_norm import GroupNorm
from calc.shape import Shape
from tests.calc.ops.drawing import channels_first, divisors
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """None where the channels do not stand first, or each group would hold one value."""
    if not channels_first(x) or x.elements == 1:
        return None
    fitting = [groups for groups in divisors(x.sizes[0]) if groups < x.elements]
    return Drawn(
        {
            "num_groups": draw(st.sampled_from(fitting)),
            "eps": draw(st.sampled_from([1e-5, 1e-3])),
            "affine": draw(st.booleans()),
        }
    )


def test_over_a_map():
    x = (Shape((32, 7, 7), -3),)
    op = GroupNorm(num_groups=8)
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {"weight": (32,), "bias": (32,)}
    assert op.buffers(x) == {}
    assert op.macs(x, x[0]) == ()
    assert op.elementwise(x, x[0]) == {"group_norm": 32 * 7 * 7}


def test_without_weights():
    assert GroupNorm(num_groups=1, affine=False).parameters((Shape((8, 5), -2),)) == {}


def test_an_unknown_axis_is_the_first():
    assert GroupNorm(num_groups=2).output_shape((Shape((8, 5)),)).channel_axis == -2


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((10, 7, 7), -3), "num_groups=4 does not divide the 10 channels"),
        (Shape((7, 7, 8), -1), "those of the input 7×7×8 are on axis -1"),
        (Shape(()), "got 0 axes (scalar)"),
    ],
)
def test_refused_inputs(x, fact):
    with pytest.raises(OpError) as caught:
        GroupNorm(num_groups=4).output_shape((x,))
    assert fact in caught.value.fact


def test_one_value_a_group_is_too_few_for_one_sample():
    x, op = (Shape((3, 1, 1), -3),), GroupNorm(num_groups=3)
    assert op.output_shape(x) == x[0]
    assert op.refuses_one_sample(x) == "needs more than 1 value per group, got 3×1×1 in num_groups=3"
    assert GroupNorm(num_groups=1).refuses_one_sample(x) == ""
