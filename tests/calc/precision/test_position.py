"""Positions among the quantised layers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.precision.position import position_of


def held(text: str, layers: int) -> list[int]:
    position = position_of(text)
    return [index for index in range(layers) if position.holds(index, layers)]


@pytest.mark.parametrize(
    "text, indices",
    [
        ("first", [0]),
        ("last", [9]),
        ("3", [3]),
        ("10", []),
        ("2..4", [2, 3, 4]),
        ("8..99", [8, 9]),
        ("0%..10%", [0]),
        ("10%..50%", [1, 2, 3, 4]),
        ("100%..100%", []),
    ],
)
def test_of_ten_layers(text: str, indices: list[int]) -> None:
    assert held(text, 10) == indices
    assert str(position_of(text)) == text


@given(st.integers(1, 200), st.integers(0, 100))
def test_two_percent_ranges_share_no_layer_and_leave_none(layers: int, cut: int) -> None:
    assert held(f"0%..{cut}%", layers) + held(f"{cut}%..100%", layers) == list(range(layers))


def test_a_layer_without_weights_has_no_position() -> None:
    assert not position_of("0..99").holds(None, 10)


@pytest.mark.parametrize("text", ["", "middle", "-1", "1..", "1%", "1..2%", "1.5", "5..2", "50%..10%"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(OpError, match="position"):
        position_of(text)
