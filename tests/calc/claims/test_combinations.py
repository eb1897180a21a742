"""Sums of components: what is planted is found."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from calc.claims.combinations import LARGEST, MOST_TERMS, find_combinations

COMPONENTS = st.dictionaries(
    st.sampled_from(["macs", "bias", "norm", "activation", "pool", "add", "params"]),
    st.integers(1, 10**10),
    min_size=1,
)


@st.composite
def planted(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int]]:
    """Components, and small coefficients of some of them."""
    components = draw(COMPONENTS)
    names = draw(st.lists(st.sampled_from(sorted(components)), unique=True, min_size=1, max_size=MOST_TERMS))
    return components, {name: draw(st.integers(1, LARGEST)) for name in names}


@given(planted())
def test_any_planted_sum_is_found_again(case: tuple[dict[str, int], dict[str, int]]) -> None:
    components, coefficients = case
    total = sum(times * components[name] for name, times in coefficients.items())
    found = find_combinations(components, Fraction(total), Fraction(total))
    assert coefficients in [one.coefficients for one in found]


@given(planted())
def test_everything_found_is_right_and_found_once(case: tuple[dict[str, int], dict[str, int]]) -> None:
    components, coefficients = case
    total = sum(times * components[name] for name, times in coefficients.items())
    low, high = Fraction(total) * Fraction(99, 100), Fraction(total) * Fraction(101, 100)
    found = find_combinations(components, low, high, most_terms=2)
    for one in found:
        assert one.value == sum(times * components[name] for name, times in one.coefficients.items())
        assert low <= one.value <= high
    keys = [frozenset(one.coefficients.items()) for one in found]
    assert len(keys) == len(set(keys))


def test_simple_sums_come_first() -> None:
    found = find_combinations({"a": 6, "b": 2, "c": 1}, Fraction(6), Fraction(6))
    assert found[0].coefficients == {"a": 1}
    lengths = [len(one.coefficients) for one in found]
    assert lengths == sorted(lengths)


def test_a_component_of_nothing_takes_no_part() -> None:
    assert [one.coefficients for one in find_combinations({"a": 5, "b": 0}, Fraction(5), Fraction(5))] == [{"a": 1}]
    assert find_combinations({"b": 0}, Fraction(0), Fraction(0)) == []
