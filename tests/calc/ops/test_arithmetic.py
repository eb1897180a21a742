"""add, subtract, multiply, divide and power: counted at the output, and what they take and refuse alike."""

import re

import pytest
from hypothesis import strategies as st

from calc.errors import OpError, SpecError
from calc.ops import op_class
from calc.shape import Shape
from calc.spec import expand, loads
from tests.calc.ops.checks import assert_counts_elements_alone, chw
from tests.strategies import Drawn

every_word = pytest.mark.parametrize("word", ["add", "subtract", "multiply", "divide", "power"])


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """A value, or further inputs that broadcast with ``x``: two at most, or one."""
    most = 2 if op_class(word).roles == ("xs*",) else 1
    if draw(st.booleans()):
        return Drawn({"value": draw(st.sampled_from([-2, 0.5, 1, 3]))})
    target = [draw(st.integers(1, 3)) if size == 1 else size for size in x.sizes]
    others = []
    for _ in range(draw(st.integers(1, most))):
        rank = draw(st.integers(0, len(target)))
        others.append(Shape(tuple(draw(st.sampled_from([1, size])) for size in target[len(target) - rank :])))
    return Drawn({}, tuple(others))


@every_word
def test_two_tensors(word):
    inputs = (chw(24, 56, 56), chw(24, 1, 1))
    op = op_class(word)()
    assert op.elementwise(inputs, op.output_shape(inputs)) == {word: 24 * 56 * 56}


@every_word
def test_a_number(word):
    assert_counts_elements_alone(op_class(word)(value=2), chw(4, 8, 8), 4 * 8 * 8)


@pytest.mark.parametrize("word", ["add", "multiply"])
def test_any_number_of_tensors(word):
    x = chw(4, 8, 8)
    assert op_class(word)().output_shape((x, chw(4, 1, 1), x, x)) == x


@every_word
@pytest.mark.parametrize(
    "other, output",
    [
        (chw(24, 8, 9), chw(24, 8, 9)),
        (chw(24, 1, 1), chw(24, 8, 9)),
        (chw(1, 8, 9), chw(24, 8, 9)),
        (Shape((9,)), chw(24, 8, 9)),
        (Shape(()), chw(24, 8, 9)),
        (Shape((5, 1, 1, 1)), Shape((5, 24, 8, 9), -3)),
    ],
)
def test_broadcasts(word, other, output):
    assert op_class(word)().output_shape((chw(24, 8, 9), other)) == output


@every_word
@pytest.mark.parametrize("value", [2, -0.5, 0])
def test_a_number_keeps_the_shape(word, value):
    x = Shape((1, 1), -2)
    op = op_class(word)(value=value)
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {}
    assert op.macs((x,), x) == ()


@every_word
@pytest.mark.parametrize(
    "value, inputs, fact",
    [
        (None, (chw(4, 8, 8), chw(5, 8, 8)), "the inputs 4×8×8 and 5×8×8 do not broadcast: 4 against 5"),
        (None, (chw(4, 8, 8),), "needs at least 2 inputs, or 1 and a value, got 1"),
        (2, (chw(4, 8, 8), chw(4, 8, 8)), "value=2.0 takes 1 input, got 2"),
    ],
)
def test_refused_inputs(word, value, inputs, fact):
    with pytest.raises(OpError) as caught:
        op_class(word)(value=value).output_shape(inputs)
    assert caught.value.fact == fact


@pytest.mark.parametrize(
    "layer, dtype", [("{add: 2}", "int64"), ("{multiply: 3}", "int64"), ("{subtract: , from: [input, input]}", "int64")]
)
def test_ids_become_further_ids(layer: str, dtype: str) -> None:
    (node,) = expand(loads(f"name: net\ninput: {{shape: [7], dtype: int64}}\nlayers: [{layer}]\n")).layers
    assert node.output.dtype == dtype


@pytest.mark.parametrize(
    "layer, fact",
    [
        ("{add: 0.5}", "value=0.5 with token ids, int64; an integer makes further ids of them"),
        ("{divide: 2}", "takes float32, but token ids (int64) arrive"),
    ],
)
def test_ids_stay_integers(layer: str, fact: str) -> None:
    with pytest.raises(SpecError, match=re.escape(fact)):
        expand(loads(f"name: net\ninput: {{shape: [7], dtype: int64}}\nlayers: [{layer}]\n"))
