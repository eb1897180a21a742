"""linear: shapes, parameters, products, and where the features must stand."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.base import Input, Parameter, Product
from calc.ops.linear import Linear
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """None where the channels do not stand last; the weight, or weight and bias, sometimes arrive."""
    if x.rank < 1 or x.channel_axis not in (None, -1):
        return None
    out_features = draw(st.integers(1, 8))
    arriving = draw(st.sampled_from([0, 0, 0, 1, 2]))
    others = (Shape((out_features, x.sizes[-1])), Shape((out_features,)))
    return Drawn({"out_features": out_features, "bias": draw(st.booleans())}, others[:arriving])


def test_classifier():
    x = (Shape((1280,), -1),)
    op = Linear(out_features=1000)
    output = op.output_shape(x)
    assert output == Shape((1000,), -1)
    assert op.parameters(x) == {"weight": (1000, 1280), "bias": (1000,)}
    (counted,) = op.macs(x, output)
    assert (counted.weight, counted.macs) == (Parameter("weight"), 1280 * 1000)
    assert counted.effective_macs == 1280 * 1000
    assert counted.fan_in == 1280
    assert op.elementwise(x, output) == {"bias": 1000}


def test_every_token_is_multiplied():
    x = (Shape((14, 14, 96), -1),)
    op = Linear(out_features=384, bias=False)
    (counted,) = op.macs(x, op.output_shape(x))
    assert counted.macs == 14 * 14 * 96 * 384
    assert op.parameters(x) == {"weight": (384, 96)}
    assert op.elementwise(x, op.output_shape(x)) == {}


def test_a_weight_that_arrives_is_no_parameter():
    inputs = (Shape((5,), -1), Shape((3, 5)), Shape((3,)))
    op = Linear(out_features=3)
    assert op.parameters(inputs[:2]) == {"bias": (3,)}
    assert op.parameters(inputs) == {}
    (counted,) = op.macs(inputs, op.output_shape(inputs))
    assert (counted.weight, counted.operands, counted.macs) == (None, (Input(0), Input(1)), 5 * 3)


def test_a_bias_that_arrives_is_added():
    inputs = (Shape((5,), -1), Shape((3, 5)), Shape((3,)))
    op = Linear(out_features=3, bias=False)
    assert op.elementwise(inputs[:2], Shape((3,))) == {}
    assert op.elementwise(inputs, Shape((3,))) == {"bias": 3}


def test_refuses_an_unflattened_map():
    with pytest.raises(OpError) as caught:
        Linear(out_features=10).output_shape((Shape((8, 7, 7), -3),))
    assert "those of the input 8×7×7 are on axis -3" in caught.value.fact
    assert "flatten" in caught.value.hint


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((Shape(()),), "needs (…, features), got 0 axes (scalar)"),
        ((Shape((5,)), Shape((3, 4))), "the weight that arrives is 3×4, but must be 3×5"),
        ((Shape((5,)), Shape((3, 5)), Shape((5,))), "the bias that arrives is 5, but out_features=3"),
    ],
)
def test_refused_inputs(inputs, fact):
    with pytest.raises(OpError) as caught:
        Linear(out_features=3).output_shape(inputs)
    assert fact in caught.value.fact


def test_a_weight_that_arrives_is_an_operand():
    op, x = Linear(out_features=3), Shape((5, 4), -1)
    inputs = (x, Shape((3, 4)))
    output = op.output_shape(inputs)
    assert op.parameters(inputs) == {"bias": (3,)}
    assert op.macs(inputs, output) == (Product(None, 5 * 3 * 4, 5 * 3 * 4, 4, operands=(Input(0), Input(1))),)
    with pytest.raises(OpError, match="the weight that arrives is 3×5, but must be 3×4"):
        op.output_shape((x, Shape((3, 5))))
    assert op.output_shape((*inputs, Shape((3,)))) == Shape((5, 3), -1)
    with pytest.raises(OpError, match="the bias that arrives is 4, but out_features=3"):
        op.output_shape((*inputs, Shape((4,))))
