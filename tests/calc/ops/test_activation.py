"""The activations: one function value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.activation import Prelu, Softmax
from calc.shape import Shape
from tests.calc.ops.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.calc.ops.drawing import channels_first, drawn_dim
from tests.strategies import Drawn

WITHOUT_FIELDS = ["hardsigmoid", "hardswish", "mish", "relu", "relu6", "sigmoid", "silu", "tanh"]
VALUES = {
    "elu": ("alpha", [1.0, 0.5, 2]),
    "gelu": ("approximate", ["none", "tanh"]),
    "leaky_relu": ("negative_slope", [0.01, 0.2, 0]),
}


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Any value of the only field. prelu has one weight, or one a channel where these stand first."""
    if word == "softmax":
        return Drawn({"dim": drawn_dim(draw, x)}) if x.rank else None
    if word == "prelu":
        each = channels_first(x) and draw(st.booleans())
        return Drawn({"num_parameters": x.sizes[0] if each else 1})
    if word in WITHOUT_FIELDS:
        return Drawn({})
    field, values = VALUES[word]
    return Drawn({field: draw(st.sampled_from(values))})


@pytest.mark.parametrize("x", ANY_SHAPES)
@pytest.mark.parametrize("word", [*WITHOUT_FIELDS, *VALUES])
def test_costs_every_element_of_any_shape(word, x):
    assert_counts_elements_alone(op_class(word)(), x, x.elements)


@pytest.mark.parametrize("word", WITHOUT_FIELDS)
def test_takes_no_arguments(word):
    with pytest.raises(OpError, match="unknown key inplace"):
        op_class(word)(inplace=True)


@pytest.mark.parametrize(
    "word, argument, fact",
    [
        ("elu", {"alpha": True}, "alpha=true: must be a number"),
        ("gelu", {"approximate": "erf"}, "approximate='erf': must be none or tanh"),
        ("leaky_relu", {"negative_slope": "steep"}, "negative_slope='steep': must be a number"),
    ],
)
def test_refused_argument(word, argument, fact):
    with pytest.raises(OpError, match=fact):
        op_class(word)(**argument)


class TestPrelu:
    def test_one_weight(self):
        x = (Shape((49, 8), -1),)
        op = Prelu()
        assert op.output_shape(x) == x[0]
        assert op.parameters(x) == {"weight": (1,)}
        assert op.macs(x, x[0]) == ()
        assert op.elementwise(x, x[0]) == {"prelu": 49 * 8}

    def test_one_weight_a_channel(self):
        x = (Shape((8, 7, 7)),)
        op = Prelu(num_parameters=8)
        assert op.output_shape(x) == Shape((8, 7, 7), -3)
        assert op.parameters(x) == {"weight": (8,)}

    @pytest.mark.parametrize(
        "x, fact",
        [
            (Shape((6, 7, 7), -3), "num_parameters=8 is neither 1 nor the 6 channels"),
            (Shape((49, 8), -1), "those of the input 49×8 are on axis -1"),
            (Shape(()), "got 0 axes (scalar)"),
        ],
    )
    def test_refused_inputs(self, x, fact):
        with pytest.raises(OpError) as caught:
            Prelu(num_parameters=8).output_shape((x,))
        assert fact in caught.value.fact


class TestSoftmax:
    @pytest.mark.parametrize("dim", [-1, -3, 1, 3])
    def test_keeps_the_shape_and_costs_every_element(self, dim):
        assert_counts_elements_alone(Softmax(dim=dim), Shape((12, 197, 197)), 12 * 197 * 197)

    @pytest.mark.parametrize(
        "dim, fact",
        [
            (0, "dim=0 is the batch axis"),
            (-4, "dim=-4 is the batch axis"),
            (4, "dim=4 is outside the 4 axes"),
            (-5, "dim=-5 is outside the 4 axes"),
        ],
    )
    def test_refused_dims(self, dim, fact):
        with pytest.raises(OpError) as caught:
            Softmax(dim=dim).output_shape((Shape((3, 4, 5)),))
        assert fact in caught.value.fact
