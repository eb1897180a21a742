"""Why points cannot be: counted by reason, the most frequent told, and no more kept than memory is for."""

import pytest

from calc.sweeps.reasons import MOST_KEPT, OTHERS, Reasons, add_reasons, reason_lines, reasons_of


def test_reasons_are_counted_in_the_order_in_which_they_are_met() -> None:
    found = reasons_of([None, "b", "a", None, "b"])
    assert list(found.items()) == [("b", 2), ("a", 1)]
    add_reasons(found, {"a": 3, "c": 1})
    assert list(found.items()) == [("b", 2), ("a", 4), ("c", 1)]


def test_those_of_most_points_are_told() -> None:
    reasons = {"a": 1, "b": 1_000, "c": 2, "d": 2, "e": 3, "f": 1, "\x1b[31m": 7}
    assert reason_lines(reasons) == [
        "  1,000 × b",
        "  7 × \\x1b[31m",
        "  3 × e",
        "  2 × c",
        "  2 × d",
        "  2 × other reasons",
    ]
    assert reason_lines({"a": 1}) == ["  1 × a"]
    assert reason_lines({"size 9": 1, "size 10": 1}) == ["  1 × size 9", "  1 × size 10"]


@pytest.mark.parametrize("at_once", [True, False])
def test_no_more_are_kept_than_so_many(at_once: bool) -> None:
    kept: Reasons = {}
    met = [str(number) for number in range(2 * MOST_KEPT)] * 2
    for reasons in [reasons_of(met)] if at_once else [{reason: 1} for reason in met]:
        add_reasons(kept, reasons)
    assert len(kept) == MOST_KEPT + 1
    assert kept["0"] == kept[str(MOST_KEPT - 1)] == 2
    assert kept[OTHERS] == 2 * MOST_KEPT
    assert reason_lines(kept)[-1] == f"  {2 * (2 * MOST_KEPT - 5):,} × other reasons"
