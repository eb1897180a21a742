"""Amounts with units, exact, the same for whoever reads one."""

from fractions import Fraction

import pytest

from calc.amounts import amount, read_amount
from calc.claims import read_printed
from calc.errors import OpError


@pytest.mark.parametrize(
    "text, value",
    [
        ("0", 0),
        ("4096", 4096),
        ("310M", 310 * 10**6),
        ("310m", 310 * 10**6),
        ("1.1G", 1_100_000_000),
        ("3.5Mi", 7 * 2**19),
        ("2 K", 2000),
        ("1k", 1000),
        ("1T", 10**12),
        ("1Ti", 2**40),
        ("16.9p", 169 * 10**14),
        ("1.5 E", 15 * 10**17),
        ("2Pi", 2**51),
        ("64Ki", 64 * 2**10),
        ("1.5MiB", 3 * 2**19),
        ("2GB", 2 * 10**9),
        ("1e6", 10**6),
        ("8.38e+07", 838 * 10**5),
        ("314,193,216", 314_193_216),
        ("4096 bytes", 4096),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_amounts(text: str, value: int | Fraction) -> None:
    assert amount(text) == value
    assert read_printed(text).value == value  # what a paper prints is read the same


@pytest.mark.parametrize("text", ["9" * 25, "1e100", "0.1234567890123456789", "1e-100M"])
def test_an_amount_of_too_many_digits_is_called_so(text: str) -> None:
    with pytest.raises(OpError, match="too many digits for an amount"):
        amount(text)


@pytest.mark.parametrize("text", ["", "M", "-1", "1.2.3", "0x10", "1_000", "nan", "٣", "1 0M", "5e", "12,34", "2 %"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(OpError, match="is not an amount"):
        amount(text)
    with pytest.raises(OpError, match="is not an amount"):
        read_printed(text)


@pytest.mark.parametrize("text", ["4096B", "0.3b", "1,000 B"])
def test_a_b_alone_is_no_limit_because_it_may_be_bytes_or_a_billion(text: str) -> None:
    with pytest.raises(OpError, match="may be bytes or a billion"):
        amount(text)


@pytest.mark.parametrize(
    "text, step", [("310M", 10**6), ("1.50G", 10**7), ("8.38e+07", 10**5), ("4,096", 1), ("1.5Ki", Fraction(1024, 10))]
)
def test_the_last_digit(text: str, step: int | Fraction) -> None:
    assert read_amount(text).step == step
