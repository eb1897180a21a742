"""The activations: one function value per element."""

from typing import Any

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.activation import Prelu
from calc.shape import Shape
from tests.calc.ops.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.calc.ops.drawing import channels_first
from tests.strategies import Drawn

WITHOUT_FIELDS = [
    "hardsigmoid",
    "hardswish",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softsign",
    "tanh",
]
VALUES: dict[str, dict[str, list[Any]]] = {
    "celu": {"alpha": [1.0, 0.5, -2]},
    "elu": {"alpha": [1.0, 0.5, 2]},
    "gelu": {"approximate": ["none", "tanh"]},
    "hardshrink": {"lambd": [0.5, 0.1, 0]},
    "hardtanh": {"min_val": [-1.0, -2, 0], "max_val": [1.0, 6, 0.5]},
    "leaky_relu": {"negative_slope": [0.01, 0.2, 0]},
    "softplus": {"beta": [1.0, 0.5, 3], "threshold": [20.0, 1]},
    "threshold": {"threshold": [0.1, 0], "value": [-1, 20.5]},
}


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Some values of each field. prelu has one weight, or one a channel where these stand first."""
    if word == "prelu":
        each = channels_first(x) and draw(st.booleans())
        return Drawn({"num_parameters": x.sizes[0] if each else 1})
    if word in WITHOUT_FIELDS:
        return Drawn({})
    return Drawn({field: draw(st.sampled_from(values)) for field, values in VALUES[word].items()})


@pytest.mark.parametrize("x", ANY_SHAPES)
@pytest.mark.parametrize("word", [*WITHOUT_FIELDS, *VALUES])
def test_costs_every_element_of_any_shape(word, x):
    values = {field: some[0] for field, some in VALUES.get(word, {}).items()}
    assert_counts_elements_alone(op_class(word)(**values), x, x.elements)


@pytest.mark.parametrize("word", WITHOUT_FIELDS)
def test_takes_no_arguments(word):
    with pytest.raises(OpError, match="unknown key inplace"):
        op_class(word)(inplace=True)


@pytest.mark.parametrize(
    "word, argument, fact",
    [
        ("elu", {"alpha": True}, "alpha=true: must be a number"),
        ("gelu", {"approximate": "erf"}, "approximate='erf': must be none or tanh"),
        ("celu", {"alpha": 0}, "alpha=0 divides by zero"),
        ("hardtanh", {"min_val": 1}, "min_val=1.0 is not below max_val=1.0"),
        ("softplus", {"beta": 0}, "beta=0 divides by zero"),
        ("threshold", {"threshold": 0.1}, "needs value: a number"),
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
