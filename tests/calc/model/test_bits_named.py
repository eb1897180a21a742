"""The bits that the name of a format stands for, and what they are called."""

import pytest

from calc.formats import format_named
from calc.formats.plain import plain_codes
from calc.model.bits_named import bits_named
from calc.model.graph import Bits


@pytest.mark.parametrize(
    "text, weight, activation, name",
    [
        ("fp16", 16, 16, "fp16"),
        ("int8", 8, 8, "int8"),
        ("int4g128", 4, 16, "int4g128"),
        ("w4g128a8", 4, 8, "int4g128-a8"),
        ("nf4-a4", 4, 4, "nf4-a4"),
        ("fp8-a16", 8, 16, "fp8-a16"),
        ("w4a8", 4, 8, "w4a8"),
        ("8", 8, 8, "8"),
        ("fp32", 32, 32, "32"),
    ],
)
def test_widths_of_codes_and_a_name_that_is_read_back(text: str, weight: int, activation: int, name: str) -> None:
    found = bits_named(text)
    assert found is not None
    assert (found.weight, found.activation, str(found)) == (weight, activation, name)
    assert bits_named(name) == found


def test_what_is_no_format() -> None:
    assert bits_named("adaptive") is None


def test_codes_alone_are_the_format_of_bits_without_one() -> None:
    assert Bits(5, 8).stored == plain_codes(5)
    assert Bits(4, 16, format_named("nf4")).stored == format_named("nf4")
