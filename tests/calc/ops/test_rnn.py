"""rnn: one gate and its nonlinearity."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.rnn import Rnn
from calc.shape import Shape
from tests.calc.ops.recurrent import draw_recurrent
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """As the others, with either nonlinearity."""
    arguments = draw_recurrent(draw, x)
    return arguments and Drawn({**arguments, "nonlinearity": draw(st.sampled_from(["tanh", "relu"]))})


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_counts(nonlinearity: str) -> None:
    x = Shape((10, 5), -1)
    op = Rnn(hidden_size=7, num_layers=2, nonlinearity=nonlinearity)
    output = op.output_shape((x,))
    assert output == Shape((10, 7), -1)
    assert op.parameters((x,))["weight_ih_l1"] == (7, 7)
    assert [product.macs for product in op.macs((x,), output)] == [10 * 7 * 5, 10 * 7 * 7, 10 * 7 * 7, 10 * 7 * 7]
    assert op.elementwise((x,), output) == {"add": 2 * 10 * 7, nonlinearity: 2 * 10 * 7, "bias": 2 * 10 * 2 * 7}


def test_layers_are_bounded():
    with pytest.raises(OpError, match="num_layers=3000000: at most 1000 are taken"):
        Rnn(hidden_size=4, num_layers=3_000_000)
