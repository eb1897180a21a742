"""The arena as text."""

from calc.report.memory_map import Placement, letters, text_map

PLACED = {
    0: Placement(offset=0, size=16, first=0, last=1),
    2: Placement(offset=16, size=16, first=1, last=2),
    3: Placement(offset=0, size=8, first=2, last=3),
}


def test_a_letter_for_each_byte_and_step() -> None:
    rows = text_map(PLACED, total=32, steps=4, width=80)
    assert rows == [
        *[(offset, "·bb·") for offset in range(30, 14, -2)],
        *[(offset, "aa··") for offset in range(14, 6, -2)],
        *[(offset, "aacc") for offset in range(6, -2, -2)],
    ]


def test_steps_share_a_column_where_there_are_too_many() -> None:
    # of steps 0 and 1 b takes half, so it is not mostly free; the fifth step stands alone and is free
    assert {text for _, text in text_map(PLACED, total=32, steps=5, width=3)} == {"bb·", "a··", "ac·"}


def test_no_more_rows_than_bytes() -> None:
    assert text_map({0: Placement(0, 2, 0, 0)}, total=2, steps=1, width=9) == [(1, "a"), (0, "a")]


def test_letters_come_again() -> None:
    found = letters(dict.fromkeys(range(53), PLACED[0]))
    assert (found[0], found[25], found[26], found[51], found[52]) == ("a", "z", "A", "Z", "a")
