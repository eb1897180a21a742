"""What numbers have to do with each other."""

from typing import Any

import pytest

from calc.spec.write.relations import MISSING, conditions, halved, is_constant, matches, ratio, times


def test_what_is_missing_is_like_anything() -> None:
    assert is_constant((MISSING, 3, 3))
    assert not is_constant((MISSING, 3, 4))
    assert not is_constant((1, True))
    assert matches((MISSING, 3), (2, 3))
    assert not matches((MISSING, 3), (2, 4))
    assert not matches((3,), (3, 3))
    assert times((MISSING, 12), (1, 3)) == 4
    assert ratio((MISSING, 12), (1, 3)) == (MISSING, 4)
    assert halved((MISSING, 3), (5, 7))


@pytest.mark.parametrize(
    ("values", "others", "found"),
    [
        ((6, 12), (3, 6), 2),
        ((6, 12), (6, 12), 0),
        ((6, 13), (3, 6), 0),
        ((6, 18), (3, 6), 0),
        ((3, 6), (6, 12), 0),
        ((0, 0), (3, 6), 0),
        ((6, 12), (0, 6), 0),
        ((6, 12), (None, 6), 0),
        ((6, 2.0), (3, 1), 0),
        ((), (), 0),
        ((6,), (3, 3), 0),
    ],
)
def test_how_many_times(values: tuple[Any, ...], others: tuple[Any, ...], found: int) -> None:
    assert times(values, others) == found


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ((True, False, False), "stride != 1"),
        ((False, True, True), "stride == 1"),
        ((False, True, False), "in == out"),
        ((False, False, True), "not shift"),
        ((True, True, False), "shift"),
        ((True, True, True), None),
    ],
)
def test_conditions_that_a_person_would_write(wanted: tuple[bool, ...], text: str | None) -> None:
    named = [("stride", (2, 1, 1)), ("out", (8, 16, 9)), ("hidden", (9, 9, 10)), ("shift", (True, True, False))]
    assert next((said for said, found in conditions((4, 16, 10), named) if found == wanted), None) == text


def test_a_stride_and_a_width_together() -> None:
    named = [("stride", (2, 1, 1)), ("out", (4, 16, 9))]
    found = dict(conditions((4, 16, 10), named))
    assert found["stride == 1 and in == out"] == (False, True, False)
    assert found["stride != 1 or in != out"] == (True, False, True)
    assert dict(conditions((1, 2), [("squeeze", (0, 4))]))["squeeze > 0"] == (False, True)
    expand = dict(conditions((8, 8), [("expand", (1, 6))]))
    assert (expand["expand == 1"], expand["expand != 1"]) == ((True, False), (False, True))
    assert "in == out" not in dict(conditions((None, 2), [("out", (0, 4))]))
