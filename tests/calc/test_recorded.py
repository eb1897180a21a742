"""The functions that take numbers and recorded numbers: on numbers they are Python's own."""

import math

import pytest

from calc.recorded import common_divisor, condensed, fixed, is_recorded, largest, logarithm, maximum, minimum, within


def test_plain_numbers_are_compared_as_python_does() -> None:
    assert (maximum(2, 3), minimum(2, 3), largest([1, 7, 2])) == (3, 2, 7)
    assert type(maximum(1, 1.0)) is type(minimum(1, 1.0)) is int  # the first of equal ones
    assert type(maximum(1.0, 1)) is float


def test_the_rest_is_pythons_too() -> None:
    assert common_divisor(12, 18) == 6
    assert logarithm(9) == math.log2(9)
    assert (fixed((1, (2.5, "a"))), condensed(5)) == ((1, (2.5, "a")), 5)
    assert not is_recorded((1, (2,)))


@pytest.mark.parametrize("value, inside", [(0, False), (1, True), (4, True), (5, False)])
def test_within_has_both_ends(value: int, inside: bool) -> None:
    assert within(value, 1, 4) is inside
