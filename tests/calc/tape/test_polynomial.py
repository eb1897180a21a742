"""Polynomials are what they say at every value of their symbols."""

from collections.abc import Sequence
from itertools import product
from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from calc.tape.atoms import Step
from calc.tape.polynomial import (
    Polynomial,
    as_constant,
    constant,
    content,
    multiplied,
    of_terms,
    plus,
    scaled,
    split,
    symbol,
    without_factors,
)
from calc.tape.ranges import Ranges

values = st.tuples(*[st.integers(-9, 9)] * 3)
monomials = st.lists(st.integers(0, 2), max_size=3).map(sorted).map(tuple)
polynomials = st.dictionaries(monomials, st.integers(-20, 20), max_size=5).map(of_terms)


def at(p: Polynomial, where: Sequence[int]) -> int:
    return sum(coefficient * prod(where[number] for number in monomial) for monomial, coefficient in p)


@settings(max_examples=30, deadline=None)
@given(polynomials, polynomials, values, st.integers(-5, 5))
def test_sums_and_products(p: Polynomial, q: Polynomial, where: tuple[int, ...], factor: int) -> None:
    assert at(plus(p, q, factor), where) == at(p, where) + factor * at(q, where)
    assert at(multiplied(p, q), where) == at(p, where) * at(q, where)
    assert at(scaled(p, factor), where) == factor * at(p, where)
    assert plus(p, p, -1) == ()


@settings(max_examples=30, deadline=None)
@given(polynomials, st.integers(1, 9), values)
def test_split(p: Polynomial, divisor: int, where: tuple[int, ...]) -> None:
    whole, rest = split(p, divisor)
    assert divisor * at(whole, where) + at(rest, where) == at(p, where)
    assert all(0 < coefficient < divisor for _, coefficient in rest)


def test_one_form() -> None:
    x, y = symbol(0), symbol(1)
    assert multiplied(plus(x, y), plus(x, y, -1)) == plus(multiplied(x, x), multiplied(y, y), -1)
    assert (as_constant(plus(x, x, -1)), as_constant(constant(7)), as_constant(x)) == (0, 7, None)
    assert content(plus(scaled(x, 6), plus(scaled(y, 4), constant(3)))) == 2  # 6 x + 4 y + 3
    assert (without_factors((0, 0, 1), (0,)), without_factors((0,), (1,))) == ((0, 1), None)


def test_bounds_of_squares_are_those_that_are_taken() -> None:
    x, y = symbol(0), symbol(1)
    for low, high, a, b, c in product((-5, 0, 3), (4, 5, 9), (-3, 1, 2), (-7, -4, 0, 5), (-2, 0, 4)):
        ranges = Ranges([Step("integer", (name,)) for name in "xy"])
        ranges.of_steps += [(low, high), (-2, 3)]
        p = plus(plus(scaled(multiplied(x, x), a), scaled(x, b)), constant(c))
        taken = [a * value * value + b * value + c for value in range(low, high + 1)]
        assert ranges.of_test(p) == (min(taken), max(taken))
        ends = [times * value for times in (-2, 3) for value in taken]
        assert ranges.of_test(multiplied(p, y)) == (min(ends), max(ends))


@settings(max_examples=30, deadline=None)
@given(polynomials, st.tuples(*[st.tuples(st.integers(-6, 6), st.integers(0, 6))] * 3), st.data())
def test_bounds_hold(p: Polynomial, ends: tuple[tuple[int, int], ...], data: st.DataObject) -> None:
    ranges = Ranges([Step("integer", (name,)) for name in "xyz"])
    ranges.of_steps += [(low, low + width) for low, width in ends]
    low, high = ranges.of_test(p)
    where = data.draw(st.tuples(*[st.integers(low, low + width) for low, width in ends]))
    assert low <= at(p, where) <= high
    assert abs(at(p, where)) <= ranges.magnitude(p)
