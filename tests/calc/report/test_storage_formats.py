"""How a format is written in few words."""

from fractions import Fraction

import pytest

from calc.formats import format_named
from calc.report.storage_formats import decimal, format_page, stored_in_short


@pytest.mark.parametrize(
    "number, text",
    [(Fraction(4), "4"), (Fraction(33, 8), "4.125"), (Fraction(16, 3), "≈5.333333"), (Fraction(40), "40")],
)
def test_decimals(number: Fraction, text: str) -> None:
    assert decimal(number) == text


@pytest.mark.parametrize(
    "name, text",
    [
        ("fp16", "codes 16"),
        ("nvfp4", "codes 4, scales 8 per 16, tensor scale 32 per tensor"),
        ("fp8_tile128", "codes 8, scales 32 per 128 × 128"),
        ("gptq4", "codes 4, scales 16 per row, zero points 4 per row, group index 32 per column"),
    ],
)
def test_what_is_stored_in_short(name: str, text: str) -> None:
    assert stored_in_short(format_named(name)) == text


def test_how_things_are_packed() -> None:
    (section,) = format_page(format_named("gptq4g128"), (32, 128)).sections
    assert [row[3:5] for row in section.table.rows] == [
        ("weight", "32-bit words per row"),
        ("128 along a row", None),
        ("128 along a row", "32-bit words per column"),
        ("column", None),
    ]
