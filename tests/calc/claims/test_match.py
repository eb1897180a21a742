"""How a reading gives a number, in the unit as it stands or in the other."""

import pytest

from calc.claims.match import matched
from calc.claims.printed import EXACT, FLOORED, ROUNDED, read_printed
from calc.claims.reading import Reading

OTHERS = ("MB being 2^20 bytes",), ("MiB being 10^6 bytes",)


@pytest.mark.parametrize(
    "text, value, how, words, cost",
    [
        ("11.7MB", 11_700_000, EXACT, (), 0),
        ("11.7MB", 11_689_512, ROUNDED, (), 0),
        ("11.6MB", 11_689_512, FLOORED, (), 1),
        ("11.1MB", 11_689_512, ROUNDED, OTHERS[0], 1),
        ("11.1MB", 11_721_312, FLOORED, OTHERS[0], 2),
        ("11.1MiB", 11_689_512, ROUNDED, (), 0),
        ("11.7MiB", 11_689_512, ROUNDED, OTHERS[1], 2),
    ],
)
def test_what_it_assumes(text: str, value: int, how: str, words: tuple[str, ...], cost: int) -> None:
    found = matched(read_printed(text), Reading("bytes", value, "bytes", (), 0))
    assert found is not None
    assert (found.how, found.reading.assumptions, found.cost) == (how, words, cost)


def test_another_number_is_none() -> None:
    assert matched(read_printed("11.3MB"), Reading("bytes", 11_689_512, "bytes", (), 0)) is None
