"""Amounts with units, exact."""

from fractions import Fraction

import pytest

from calc.errors import OpError
from calc.gate.amounts import amount


@pytest.mark.parametrize(
    "text, value",
    [
        ("0", 0),
        ("4096", 4096),
        ("310M", 310 * 10**6),
        ("1.1G", 1_100_000_000),
        ("3.5Mi", 7 * 2**19),
        ("2 K", 2000),
        ("1T", 10**12),
        ("1Ti", 2**40),
        ("1.5MiB", 3 * 2**19),
        ("2GB", 2 * 10**9),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_amounts(text: str, value: int | Fraction) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "M", "-1", "1e9", "1k", "3 m", "1.2.3", "0x10", "9" * 25, "1_000", "nan", "٣"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(OpError, match="no amount"):
        amount(text)
