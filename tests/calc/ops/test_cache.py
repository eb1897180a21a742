"""cache: what earlier calls left, then what arrives; a state and no parameter."""

from typing import Any

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.base import State
from calc.ops.cache import Cache
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Any number of past tokens, in a window or not, or all kept once."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    if draw(st.booleans()):
        return Drawn({"past": draw(st.integers(0, 2)), "once": True})
    return Drawn({"past": draw(st.integers(0, 7)), "sliding_window": draw(st.sampled_from([None, 1, 2, 5, 20]))})


X = Shape((3, 64), -1)


@pytest.mark.parametrize(
    "arguments, read, kept",
    [
        ({}, 3, 3),
        ({"past": 7}, 7 + 3, 7 + 3),
        ({"past": 7, "sliding_window": 4}, (4 - 1) + 3, 4),
        ({"past": 2, "sliding_window": 4}, 2 + 3, 4),
        ({"past": 0, "sliding_window": 4}, 3, 3),
        ({"past": 7, "sliding_window": 1}, 3, 1),
    ],
)
def test_tokens_that_are_read_and_kept(arguments: dict[str, Any], read: int, kept: int) -> None:
    op = Cache(**arguments)
    output = op.output_shape((X,))
    assert output == Shape((read, 64), -1)
    assert op.state((X,)) == State(kept, (64,), read - 3, 3)
    assert op.parameters((X,)) == op.buffers((X,)) == op.elementwise((X,), output) == {}
    assert op.macs((X,), output) == ()


def test_heads_may_be_an_axis() -> None:
    x = Shape((2, 3, 64), -1)
    assert Cache(past=7).output_shape((x,)) == Shape((2, 7 + 3, 64), -1)
    assert Cache(past=7).state((x,)) == State(7 + 3, (2, 64), 7, 3)


@pytest.mark.parametrize("past", [0, 7])
def test_what_is_kept_once_is_all_of_the_first_call(past: int) -> None:
    op = Cache(past=past, once=True)
    assert op.output_shape((X,)) == Shape((3, 64), -1)
    read, new = (3, 0) if past else (0, 3)
    assert op.state((X,)) == State(3, (64,), read, new, grows=False)
    assert op.has_kept == (past > 0)


def test_what_is_kept_once_has_no_window() -> None:
    with pytest.raises(OpError, match=r"once=true keeps all tokens, but sliding_window=4 keeps only the latest"):
        Cache(once=True, sliding_window=4)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((64,), -1), r"needs \(…, tokens, features\), got 1 axis \(64\)"),
        (Shape((64, 3), -2), "those of the input 64×3 are on axis -2"),
    ],
)
def test_refused_inputs(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Cache().output_shape((x,))
