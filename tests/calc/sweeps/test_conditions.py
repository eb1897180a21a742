"""Conditions on points: what is one, and that none of their numbers is rounded."""

import operator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.sweeps.conditions import Condition
from calc.sweeps.exact import exact_column, exact_numbers, taken_of

KNOWN = ("macs", "params", "bitops.weight", "width")


@pytest.mark.parametrize(
    "text, said",
    [
        ("mac < 3", "unknown name mac"),
        ("macs < 1__0", "is not a condition"),
        ("size < 3", "size is not varied, so it is the same at every point --vary size=…"),
        ("macs < 1e100", "'1e100' has too many digits for an amount"),
        ("act < 3", "act is not a number at every point"),
        ("macs < nan", "unknown name nan"),
        ("macs < '3'", "may only compare sums and products"),
        ("macs < True", "may only compare sums and products"),
        ("macs < 3 pigs", "is not a condition"),
        ("macs < 0x1", "may only compare sums and products"),
        ("macs < 1 + _amount_0", "is not a condition"),
        ("macs", "is not a comparison"),
        ("1 < 2", "compares no quantity and no param"),
        ("macs < ", "is not a condition"),
        ("macs / 2 < 3", "products of numbers and names a / b < 3 is a < 3 * b where b is above 0"),
        ("macs and params", "and, or, not must join comparisons"),
        ("(macs < 3) < params", "numbers with numbers"),
        ("macs < 5B", "may be bytes or a billion"),
        ("macs < open('x')", "may only compare sums and products"),
        ("macs in params", "only == != < <= > >= compare"),
        ("macs < 3" + " or macs < 3" * 99, "characters, but at most 500"),
    ],
)
def test_a_condition_that_is_none(text: str, said: str) -> None:
    with pytest.raises(OpError) as caught:
        Condition(text, KNOWN, ["act"], ["act", "size", "width"])
    assert said in f"{caught.value.fact} {caught.value.hint}"


@pytest.mark.parametrize(
    "text, kept",
    [
        ("width + 0.1 <= 0.3", [0.1, 0.2]),
        ("width * 3 == 0.9", [0.3]),
        ("0.3 - width == 0.1", [0.2]),
        ("-width > -0.2", [0.1]),
        ("width * width == 0.01", [0.1]),
        ("0.1 + 0.2 == 0.3 and width < 1", [0.1, 0.2, 0.3]),
    ],
)
def test_decimals_are_what_is_written(text: str, kept: list[float]) -> None:
    holds = Condition(text, ["width"]).holds
    widths = [0.1, 0.2, 0.3]
    assert [width for width in widths if holds({"width": width})] == kept
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    for column in (numpy.array(widths), exact_column(widths)):
        assert [width for width, is_kept in zip(widths, holds({"width": column}), strict=True) if is_kept] == kept


DECIMALS = st.decimals(-(10**9), 10**9, places=3).map(float)
INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
RULES = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt}


@given(st.lists(st.tuples(DECIMALS, INTEGERS), min_size=1, max_size=9), st.sampled_from(sorted(RULES)), DECIMALS)
def test_arrays_and_numbers_hold_where_fractions_do(points: list[Any], sign: str, by: float) -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    number = f"{abs(by):f}".rstrip("0").rstrip(".")
    holds = Condition(f"macs - width * {number} {sign} width + macs * {number} * 2", ["width", "macs"]).holds
    times = Fraction(number)
    widths = [Fraction(str(width)) for width, _ in points]
    expected = [
        RULES[sign](macs - width * times, width + macs * times * 2)
        for width, (_, macs) in zip(widths, points, strict=True)
    ]
    assert [holds({"width": width, "macs": macs}) for width, macs in points] == expected
    column = taken_of(exact_column([width for width, _ in points]), numpy.arange(len(points)))
    assert holds({"width": column, "macs": numpy.array([macs for _, macs in points])}).tolist() == expected


def test_a_double_is_the_decimal_that_rows_show() -> None:
    assert exact_numbers(0.1) == (1, 10)
    assert exact_numbers(1e-7) == (1, 10**7)
    assert exact_numbers(2**60 + 1) == (2**60 + 1, 1)


def test_conditions_are_exact_where_int64_is_not_enough() -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    values = {
        "macs": numpy.array([2**62, 2**62 - 1]),
        "params": numpy.array([4, 4]),
        "bitops.weight": numpy.array([0, 1]),
    }
    found = Condition("macs * params >= 16 * 1152921504606846976 and bitops.weight <= 1", KNOWN).holds(values)
    assert found.astype(bool).tolist() == [True, False]  # 2^62 · 4 = 16 · 2^60


@pytest.mark.parametrize("text", ["macs < 1e-30", "macs * 1e30 < 1", "(params - params) * 1e30 < 1"])
def test_a_factor_that_int64_does_not_hold_may_meet_zeros(text: str) -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    zeros = {name: numpy.array([0, 0]) for name in KNOWN}
    assert Condition(text, KNOWN).holds(zeros).tolist() == [True, True]


def test_an_integer_is_not_rounded_to_be_compared_with_a_double() -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    holds = Condition("macs < width and not macs == params", KNOWN).holds
    arrays = {"macs": numpy.array([2**53 + 1, 5]), "params": numpy.array([7, 7]), "width": numpy.array([2.0**53, 5.5])}
    assert holds(arrays).tolist() == [False, True]
    for at, expected in enumerate((False, True)):
        assert holds({name: values[at].item() for name, values in arrays.items()}) is expected


@pytest.mark.parametrize(
    "text, limit",
    [("macs < 1E", 10**18), ("macs < 1Ei", 2**60), ("macs < 2 Mi and macs < 3 MiB", 2 * 2**20), ("macs<1E6", 10**6)],
)
def test_units_are_those_of_amounts(text: str, limit: int) -> None:
    holds = Condition(text, KNOWN).holds
    assert [holds({"macs": macs}) for macs in (limit - 1, limit)] == [True, False]
