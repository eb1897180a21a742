"""lstm, gru and rnn: every weight used once a token."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.recurrent import Gru, Lstm, Rnn
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field, for (…, tokens, features)."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    arguments = {
        "hidden_size": draw(st.integers(1, 6)),
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    if word == "lstm":
        arguments["proj_size"] = draw(st.integers(0, arguments["hidden_size"] - 1))
    if word == "rnn":
        arguments["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    return Drawn(arguments)


def test_lstm_of_one_layer() -> None:
    x = Shape((10, 5), -1)
    op = Lstm(hidden_size=7)
    output = op.output_shape((x,))
    assert output == Shape((10, 7), -1)
    assert op.parameters((x,)) == {
        "weight_ih_l0": (4 * 7, 5),
        "weight_hh_l0": (4 * 7, 7),
        "bias_ih_l0": (4 * 7,),
        "bias_hh_l0": (4 * 7,),
    }
    assert op.macs((x,), output) == (
        Product(Parameter("weight_ih_l0"), 10 * 4 * 7 * 5, 10 * 4 * 7 * 5, 5),
        Product(Parameter("weight_hh_l0"), 10 * 4 * 7 * 7, 10 * 4 * 7 * 7, 7),
    )
    assert op.elementwise((x,), output) == {
        "sigmoid": 10 * 3 * 7,
        "tanh": 10 * 2 * 7,
        "multiply": 10 * 3 * 7,
        "add": 10 * (4 + 1) * 7,
        "bias": 10 * 2 * 4 * 7,
    }


def test_lstm_of_layers_directions_and_projection() -> None:
    x = Shape((2, 10, 5), -1)
    op = Lstm(hidden_size=7, num_layers=2, bidirectional=True, proj_size=3, bias=False)
    output = op.output_shape((x,))
    assert output == Shape((2, 10, 2 * 3), -1)
    expected = {}
    for layer, in_features in (("l0", 5), ("l1", 2 * 3)):
        for suffix in (layer, f"{layer}_reverse"):
            expected[f"weight_ih_{suffix}"] = (4 * 7, in_features)
            expected[f"weight_hh_{suffix}"] = (4 * 7, 3)
            expected[f"weight_hr_{suffix}"] = (3, 7)
    assert op.parameters((x,)) == expected
    assert {str(product.weight): product.macs for product in op.macs((x,), output)} == {
        name: 2 * 10 * rows * columns for name, (rows, columns) in expected.items()
    }
    assert op.elementwise((x,), output)["sigmoid"] == 2 * 10 * 2 * 2 * 3 * 7
    assert "bias" not in op.elementwise((x,), output)


@pytest.mark.parametrize("proj_size", [7, 8])
def test_refuses_a_projection_that_is_not_smaller(proj_size: int) -> None:
    with pytest.raises(OpError, match=f"proj_size={proj_size} must be smaller than hidden_size=7"):
        Lstm(hidden_size=7, proj_size=proj_size)


@pytest.mark.parametrize(
    "x, fact", [(Shape((5,)), "got 1 axes"), (Shape((10, 5), -2), "needs its channels on axis -1")]
)
def test_refuses_other_inputs(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Lstm(hidden_size=7).output_shape((x,))


def test_gru() -> None:
    x = Shape((10, 5), -1)
    op = Gru(hidden_size=7, bidirectional=True)
    output = op.output_shape((x,))
    assert output == Shape((10, 2 * 7), -1)
    assert op.parameters((x,))["weight_ih_l0_reverse"] == (3 * 7, 5)
    assert [product.macs for product in op.macs((x,), output)] == [10 * 21 * 5, 10 * 21 * 7] * 2
    assert op.elementwise((x,), output) == {
        "sigmoid": 10 * 2 * 2 * 7,
        "tanh": 10 * 2 * 7,
        "multiply": 10 * 2 * 3 * 7,
        "subtract": 10 * 2 * 7,
        "add": 10 * 2 * (3 + 1) * 7,
        "bias": 10 * 2 * 2 * 3 * 7,
    }


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_rnn(nonlinearity: str) -> None:
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
