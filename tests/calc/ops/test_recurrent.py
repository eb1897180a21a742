"""lstm, gru and rnn: every weight used once a token."""

from math import prod

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.recurrent import Gru, Lstm, Recurrent, Rnn
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field, for a few (…, tokens, features): on meta torch runs each step of each layer alone."""
    if x.rank < 2 or x.channel_axis not in (None, -1) or x.sizes[-2] > 6:
        return None
    arguments = {
        "hidden_size": draw(st.integers(1, 6)),
        "num_layers": draw(st.integers(1, 2 if x.sizes[-2] < 4 else 1)),
        "bias": draw(st.sampled_from([True, True, False, "input"])),
        "bidirectional": draw(st.booleans()),
        "returns": draw(st.sampled_from(["sequence", "sequence", "hidden", "all"])),
    }
    sizes = [arguments["hidden_size"]]
    if word == "lstm":
        arguments["proj_size"] = draw(st.integers(0, arguments["hidden_size"] - 1))
        arguments["returns"] = draw(st.sampled_from(["sequence", "hidden", "cell", "all"]))
        if arguments["returns"] == "all":
            arguments["proj_size"] = 0
        sizes = [arguments["proj_size"] or arguments["hidden_size"], arguments["hidden_size"]]
    if word == "rnn":
        arguments["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    rows = arguments["num_layers"] * (1 + arguments["bidirectional"])
    states = tuple(Shape((*x.sizes[:-2], rows, size), -1) for size in sizes)
    return Drawn(arguments, states if draw(st.booleans()) else ())


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
    "x, fact", [(Shape((5,)), "got 1 axis"), (Shape((10, 5), -2), "needs its channels on axis -1")]
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
    with pytest.raises(OpError, match="num_layers=3000000 is more than the 1000 that are allowed"):
        Rnn(hidden_size=4, num_layers=3_000_000)


@pytest.mark.parametrize(
    "kind, params", [(Lstm, 4 * 5 * (4 + 5 + 1)), (Gru, 3 * 5 * (4 + 5 + 1)), (Rnn, 5 * (4 + 5 + 1))]
)
def test_one_bias_a_gate_as_in_keras(kind: type[Recurrent], params: int) -> None:
    x = Shape((10, 4), -1)
    op = kind(hidden_size=5, bias="input")
    tensors = op.parameters((x,))
    assert sum(map(prod, tensors.values())) == params
    assert [name for name in tensors if name.startswith("bias")] == ["bias_ih_l0"]
    assert op.elementwise((x,), op.output_shape((x,)))["bias"] == 10 * kind.gates * 5


def test_a_bias_is_true_false_or_of_the_input() -> None:
    with pytest.raises(OpError, match="bias='both': must be true, false or input"):
        Lstm(hidden_size=5, bias="both")


@pytest.mark.parametrize(
    "returns, sizes",
    [
        ("sequence", (10, 2 * 7)),
        ("hidden", (3 * 2, 7)),
        ("cell", (3 * 2, 7)),
        ("all", (10 + 3 + 3, 2 * 7)),
    ],
)
def test_what_is_returned_changes_no_cost(returns: str, sizes: tuple[int, ...]) -> None:
    x = Shape((6, 10, 5), -1)
    op, plain = (Lstm(hidden_size=7, num_layers=3, bidirectional=True, returns=each) for each in (returns, "sequence"))
    output = op.output_shape((x,))
    assert output == Shape((6, *sizes), -1)
    assert op.macs((x,), output) == plain.macs((x,), plain.output_shape((x,)))
    assert op.elementwise((x,), output) == plain.elementwise((x,), plain.output_shape((x,)))


def test_states_of_a_projection_have_sizes_of_their_own() -> None:
    x = Shape((10, 5), -1)
    assert Lstm(hidden_size=7, proj_size=3, returns="hidden").output_shape((x,)) == Shape((1, 3), -1)
    assert Lstm(hidden_size=7, proj_size=3, returns="cell").output_shape((x,)) == Shape((1, 7), -1)
    with pytest.raises(OpError, match="returns=all needs h and c of the same size, got 3 and 7"):
        Lstm(hidden_size=7, proj_size=3, returns="all")


def test_states_arrive() -> None:
    x, h, c = Shape((10, 5), -1), Shape((2, 3), -1), Shape((2, 7), -1)
    op = Lstm(hidden_size=7, num_layers=2, proj_size=3)
    assert op.output_shape((x, h, c)) == op.output_shape((x,))
    assert op.parameters((x, h, c)) == op.parameters((x,))
    for inputs, fact in (
        ((x, h), "needs 2 states, got 1"),
        ((x, c, c), "the state h that arrives is 2×7, but must be 2×3"),
        ((x, h, h), "the state c that arrives is 2×3, but must be 2×7"),
    ):
        with pytest.raises(OpError, match=fact):
            op.output_shape(inputs)
    with pytest.raises(OpError, match="the state h that arrives is 2×3, but must be 1×7"):
        Gru(hidden_size=7).output_shape((x, h))
