"""batch_norm and frozen_batch_norm: the axis, parameters and buffers."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.batch_norm import BatchNorm, FrozenBatchNorm
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field; None for a scalar."""
    if x.rank < 1:
        return None
    if word == "frozen_batch_norm":
        return Drawn({"eps": draw(st.sampled_from([1e-5, 1e-3]))})
    channels = x.sizes[0] if x.channels is None else x.channels
    return Drawn(
        {
            "eps": draw(st.sampled_from([1e-5, 1e-3])),
            "momentum": draw(st.sampled_from([None, 0.1, 0.01])),
            "affine": draw(st.booleans()),
            "track_running_stats": x.elements == channels or draw(st.booleans()),
        }
    )


def test_over_the_channels_of_a_map():
    x = (Shape((32, 112, 112), -3),)
    op = BatchNorm()
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {"weight": (32,), "bias": (32,)}
    assert op.buffers(x) == {"running_mean": (32,), "running_var": (32,), "num_batches_tracked": ()}
    assert op.macs(x, x[0]) == ()
    assert op.elementwise(x, x[0]) == {"batch_norm": 32 * 112 * 112}


def test_over_the_channels_of_tokens():
    assert BatchNorm().parameters((Shape((49, 96), -1),)) == {"weight": (96,), "bias": (96,)}


def test_an_unknown_axis_is_the_first():
    x = (Shape((8, 5)),)
    assert BatchNorm().parameters(x) == {"weight": (8,), "bias": (8,)}
    assert BatchNorm().output_shape(x) == Shape((8, 5), -2)


def test_without_weights_or_statistics():
    x = (Shape((8, 5), -2),)
    op = BatchNorm(affine=False, track_running_stats=False)
    assert op.parameters(x) == {}
    assert op.buffers(x) == {}
    assert op.output_shape(x) == x[0]


@pytest.mark.parametrize(
    "arguments, x, fact",
    [
        ({}, Shape(()), "needs a channel axis, got a scalar"),
    ],
)
def test_refused_inputs(arguments, x, fact):
    with pytest.raises(OpError) as caught:
        BatchNorm(**arguments).output_shape((x,))
    assert fact in caught.value.fact


def test_the_channel_axis_stays_where_it_is():
    assert BatchNorm().output_shape((Shape((7, 5, 4), -1),)) == Shape((7, 5, 4), -1)
    assert BatchNorm().output_shape((Shape((7, 5, 4)),)) == Shape((7, 5, 4), -3)


def test_without_running_statistics_one_value_a_channel_is_too_few_for_one_sample():
    x, op = (Shape((8, 1, 1), -3),), BatchNorm(track_running_stats=False)
    assert op.output_shape(x) == x[0]
    assert "needs more than 1 value per channel, got 8×1×1" in op.refuses_one_sample(x)
    assert BatchNorm().refuses_one_sample(x) == ""
    assert op.refuses_one_sample((Shape((8, 2, 1), -3),)) == ""


def test_a_frozen_norm_has_four_buffers_and_no_parameters():
    x, op = (Shape((32, 7, 5), -3),), FrozenBatchNorm()
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {}
    assert op.buffers(x) == dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (32,))
    assert op.macs(x, x[0]) == ()
    assert op.elementwise(x, x[0]) == {"frozen_batch_norm": 32 * 7 * 5}
    assert FrozenBatchNorm().buffers((Shape((49, 96), -1),))["weight"] == (96,)
