"""Numbers for reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.report.units import exact, share, short, short_bytes


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 K"),
        (9_994, "9.99 K"),
        (9_995, "10.0 K"),
        (99_949, "99.9 K"),
        (99_950, "100 K"),
        (999_499, "999 K"),
        (999_500, "1.00 M"),
        (300_774_272, "301 M"),
        (1_082_789_632, "1.08 G"),
        (10**12, "1.00 T"),
        (16_864 * 10**12, "16.9 P"),
        (10**18 - 10**15, "999 P"),
        (10**18, "1.00 E"),
        (10**22, "10000 E"),
        (0.4, "0"),
    ],
)
def test_three_digits_and_a_unit(value: float, text: str) -> None:
    assert short(value) == text


@given(st.integers(0, 10**21))
def test_a_short_number_is_within_half_a_percent(value: int) -> None:
    number, _, unit = short(value).partition(" ")
    size = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}[unit]
    assert abs(float(number.replace(",", "")) * size - value) <= value / 200


def test_exact_numbers_have_separators() -> None:
    assert exact(1_082_789_632) == "1,082,789,632"
    assert exact(2.6) == "3"


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(1, 4) == 25.0
    assert share(0, 0) == 0.0


def test_bytes_have_a_space_before_their_unit() -> None:
    assert [short_bytes(value) for value in (0, 64, 999, 1000, 2_009_264)] == [
        "0 B",
        "64 B",
        "999 B",
        "1.00 KB",
        "2.01 MB",
    ]
