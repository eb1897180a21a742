"""Numbers as papers print them, and which numbers round to them."""

from fractions import Fraction

import pytest

from calc.claims.printed import EXACT, FLOORED, ROUNDED, read_printed
from calc.errors import OpError


@pytest.mark.parametrize(
    "text, value, step",
    [
        ("314,193,216", 314_193_216, 1),
        ("314.19M", 314_190_000, 10_000),
        ("8.38e+07", 83_800_000, 100_000),
        ("4.10e+09", 4_100_000_000, 10_000_000),
        ("1858G", 1_858 * 10**9, 10**9),
        ("0.3B", 300_000_000, 100_000_000),
        ("11.1MB", 11_100_000, 100_000),
        ("44.6 MiB", Fraction(446, 10) * 2**20, Fraction(2**20, 10)),
        ("14,019,488 bytes", 14_019_488, 1),
        ("3504872", 3_504_872, 1),
    ],
)
def test_reading(text: str, value: int, step: int) -> None:
    found = read_printed(text)
    assert (found.value, found.step) == (value, step)
    assert found.is_bytes == (("B" in text and not text.endswith("3B")) or "bytes" in text)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3M", "12,34", "-5", "1M2", "nan", "1e400", "M", "1" * 30])
def test_no_number(text: str) -> None:
    with pytest.raises(OpError):
        read_printed(text)


@pytest.mark.parametrize(
    "text, value, how",
    [
        ("314.19M", 314_193_216, ROUNDED),
        ("314.19M", 314_190_000, EXACT),
        ("314.19M", 314_195_000, ROUNDED),
        ("314.19M", 314_195_001, FLOORED),
        ("314.19M", 314_199_999, FLOORED),
        ("314.19M", 314_200_000, ""),
        ("314.19M", 314_184_999, ""),
        ("314,193,216", 314_193_216, EXACT),
        ("314,193,216", 314_193_217, ""),
        ("314,193,216", 314_193_215.5, ROUNDED),
        ("314,193,216", 314_193_216.4, ROUNDED),
        ("314,193,216", 314_193_216.6, ""),
        ("314,193,216", 314_193_215.4, ""),
    ],
)
def test_how_a_value_gives_it(text: str, value: float, how: str) -> None:
    assert read_printed(text).how(value) == how


@pytest.mark.parametrize(
    "text, value, twice",
    [
        ("150M", 149_497_088, True),  # 149.5, then 150
        ("150M", 149_449_999, False),
        ("150M", 151_449_999, False),
        ("151M", 150_497_088, True),
        ("314,193,217", 314_193_216.49, False),
    ],
)
def test_rounding_twice(text: str, value: float, twice: bool) -> None:
    assert read_printed(text).rounds_twice(value) is twice
    assert read_printed(text).how(value) == ""


def test_mega_of_bytes_may_be_binary() -> None:
    megabytes = read_printed("11.1MB")
    assert megabytes.how(11_689_512) == ""
    assert megabytes.in_other_unit().how(11_689_512) == ROUNDED  # 11.148 · 2^20
    assert megabytes.other_unit_in_words == "MB being 2^20 bytes"
    assert read_printed("11.1M").in_other_unit() == read_printed("11.1M")


def test_and_mebi_may_be_decimal() -> None:
    mebibytes = read_printed("11.7 MiB")
    assert mebibytes.in_other_unit().how(11_689_512) == ROUNDED
    assert mebibytes.other_unit_in_words == "MiB being 10^6 bytes"
    assert read_printed("1 GiB").other_unit_in_words == "GiB being 10^9 bytes"


@pytest.mark.parametrize(
    "text, value, numbers",
    [
        ("314.19M", 314_196_789, {(31420, 0), (31419, 1)}),
        ("11.1MB", 11_689_512, {(117, 0), (116, 1), (111, 1), (111, 2)}),
        ("1234", 5678, {(5678, 0)}),
        ("1234", 5678.5, {(5679, 0)}),
        ("12.34", 5678, {(567800, 0)}),
    ],
)
def test_what_a_value_prints_as(text: str, value: float, numbers: set[tuple[int, int]]) -> None:
    assert set(read_printed(text).numbers(value)) == numbers


@pytest.mark.parametrize(
    "text, either", [("14019488B", True), ("14,019,488 B", True), ("0.3B", False), ("1e3B", False), ("14MB", False)]
)
def test_b_after_an_integer_may_be_bytes(text: str, either: bool) -> None:
    assert read_printed(text).may_be_bytes is either


def test_the_same_digits_as_bytes() -> None:
    found = read_printed("14,019,488B")
    assert (found.value, found.is_bytes) == (14_019_488 * 10**9, False)
    assert found.as_bytes() == read_printed("14,019,488 bytes")._replace(text="14,019,488B")


@pytest.mark.parametrize("text, digits", [("34M", 2), ("314.19M", 5), ("8.38e+07", 3), ("3,504,872", 7)])
def test_significant_digits(text: str, digits: int) -> None:
    assert read_printed(text).digits == digits
