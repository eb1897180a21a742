"""What holds of every format and every tensor that it can hold."""

from fractions import Fraction
from math import lcm

from hypothesis import given, settings
from hypothesis import strategies as st

from calc.formats import Format, format_named, formats

NAMES = [found.name for found in formats()] + ["int3g7", "int5g3_asym", "3", "int1", "gptq3g40", "mlx3g64"]


@st.composite
def held(draw: st.DrawFn) -> tuple[Format, int, int]:
    """A format, and the rows and columns of a matrix that it can hold."""
    found = format_named(draw(st.sampled_from(NAMES)))
    rows = draw(st.integers(1, 9)) * found.rows_multiple
    columns = draw(st.integers(1, 300) if found.columns_multiple == 1 else st.integers(1, 5)) * found.columns_multiple
    return found, rows, columns


@settings(max_examples=200)
@given(held(), st.integers(1, 4))
def test_a_tensor(drawn: tuple[Format, int, int], more: int) -> None:
    found, rows, columns = drawn
    bits = found.stored_bits((rows, columns))
    assert isinstance(bits, int)
    assert bits >= found.bits_per_weight * rows * columns  # rounded up, never down
    if found.rows == "first":
        assert found.stored_bits((rows, columns, 1, 1)) == bits
    assert found.stored_bits((rows + more * found.rows_multiple, columns)) >= bits
    assert found.stored_bits((rows, columns + more * found.columns_multiple)) >= bits
    assert sum(taken.bits for taken in found.taken((rows, columns))) == bits


@settings(max_examples=200)
@given(held(), st.integers(1, 4))
def test_rows_below_rows(drawn: tuple[Format, int, int], more: int) -> None:
    """What is stored by row adds up; packed over rows, what is stored once and half-filled words are saved."""
    found, rows, columns = drawn
    below = more * found.rows_multiple
    apart = found.stored_bits((rows, columns)) + found.stored_bits((below, columns))
    together = found.stored_bits((rows + below, columns))
    by_row = all(
        part.per in ("element", "group", "row") and (part.word == 1 or part.along == "row") for part in found.stored
    )
    assert together == apart if by_row else together <= apart


@settings(max_examples=100)
@given(st.sampled_from(NAMES))
def test_bits_a_weight_are_those_of_a_large_tensor(name: str) -> None:
    found = format_named(name)
    side = lcm(32, *[part.size for part in found.stored])
    sizes = (side * found.rows_multiple, side * found.columns_multiple)
    grown = sum(taken.bits for taken in found.taken(sizes) if taken.stored not in found.fixed)
    assert Fraction(grown, sizes[0] * sizes[1]) == found.bits_per_weight
