"""What stands around experts: shapes, elements, and what does not fit."""

import pytest

from calc.errors import OpError
from calc.ops import MADE, is_op, op_class
from calc.ops.base.experts import Dispatch, Experts
from calc.ops.base.outside import broken_rules
from calc.shape import Shape

X, SCORES = Shape((2, 5, 6), -1), Shape((2, 5, 4), -1)


def test_a_token_goes_in_and_comes_out() -> None:
    assert Dispatch(count=4, active=2).output_shape((X, SCORES)) == Shape((6,), -1)
    assert Experts(count=4, active=2).output_shape((Shape((6,), -1), SCORES)) == X


@pytest.mark.parametrize(
    "normalize, further", [("softmax", {"softmax": 10 * 3}), ("sum", {"divide": 10 * 3}), ("none", {})]
)
def test_elements(normalize: str, further: dict[str, int]) -> None:
    op = Experts(count=4, active=3, normalize=normalize)
    assert op.elementwise((Shape((6,), -1), SCORES), X) == {"multiply": 3 * 60, "add": 2 * 60} | further
    assert Dispatch(count=4, active=3).elementwise((X, SCORES), Shape((6,), -1)) == {}


def test_one_expert_adds_nothing_up() -> None:
    assert Experts(count=4, active=1, normalize="none").elementwise((Shape((6,), -1), SCORES), X) == {"multiply": 60}


@pytest.mark.parametrize(
    "x, scores, fact",
    [
        (X, Shape((2, 5, 3), -1), "the scores 2×5×3 are of 3 experts, but count=4"),
        (X, Shape((5, 2, 4), -1), "the scores 5×2×4 are of 10 tokens, but x 2×5×6 has 10"),
        (Shape((6, 2, 5), -3), SCORES, "needs its channels on axis -1"),
    ],
)
def test_what_does_not_fit(x: Shape, scores: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Dispatch(count=4, active=2).output_shape((x, scores))


def test_a_token_runs_no_more_experts_than_there_are() -> None:
    with pytest.raises(OpError, match="active=5 is more than count=4"):
        Dispatch(count=4, active=5)


@pytest.mark.parametrize("word", MADE)
def test_no_spec_can_call_them(word: str) -> None:
    assert not is_op(word)
    assert broken_rules(op_class(word), word) == []
