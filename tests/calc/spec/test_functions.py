"""The functions of expressions, and how what they were given is named and measured."""

import pytest

from calc.errors import OpError
from calc.spec.functions import MAX_INTEGER, MAX_LISTED, Word, check_value, describe, power, size


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ((1, (2, 3)), "a list of 2"),
        (Word("relu"), "the word relu"),
        ("relu", "'relu'"),
        (3, "3"),
        (2.5, "2.5"),
    ],
)
def test_how_a_message_names_a_value(value: object, expected: str) -> None:
    assert describe(value) == expected


def test_a_list_is_as_large_as_the_lists_in_it() -> None:
    assert size(()) == 0
    assert size((1, (2, 3), ((4,),))) == 3 + 2 + 1 + 1
    assert size(((0,) * 9_999,) * 10) == 10 + 10 * 9_999 == MAX_LISTED
    with pytest.raises(OpError) as caught:
        size(((0,) * 9_999,) * 9 + ((0,) * 10_000,))
    assert caught.value.fact == f"a list of more than {MAX_LISTED} values, including those in nested lists"


@pytest.mark.parametrize("value", [MAX_INTEGER, -MAX_INTEGER, 1.7e308, "text", None, (1,)])
def test_what_a_spec_may_hold(value: object) -> None:
    assert check_value(value, "text") is value


@pytest.mark.parametrize(
    "value, fact",
    [
        (MAX_INTEGER + 1, " is larger than 2**63"),
        (-MAX_INTEGER - 1, " is larger than 2**63"),
        (float("inf"), " is not a finite number"),
        (float("nan"), " is not a finite number"),
    ],
)
def test_a_number_out_of_range_is_named_as_it_was_written_as_far_as_that_is_short(value: object, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        check_value(value, "1" * 61)
    assert caught.value.fact == repr("1" * 60) + fact


def test_powers_that_are_too_large_are_not_worked_out() -> None:
    assert (power(2, 64), power(-1, 10**18), power(1, 10**18), power(0, 10**18)) == (2**64, 1, 1, 0)
    for base in (2, -2):
        with pytest.raises(OverflowError):
            power(base, 65)
    with pytest.raises(OpError, match=r"^-8 \*\* 0\.5 is a root of a negative number$"):
        power(-8, 0.5)
