"""The reasons why points of a sweep are invalid, with the number of points for each reason."""

from collections.abc import Iterable, Mapping

from calc.errors import printable

Reasons = dict[str, int]
"""The number of points for each reason, in the order in which the reasons first occurred."""
MOST_KEPT = 1_000
"""The largest number of reasons that are counted separately, so that memory does not grow with the grid."""
OTHERS = "other reasons"
_SHOWN = 5


def reasons_of(errors: Iterable[str | None]) -> Reasons:
    """Return the reasons among ``errors``, which has one item for each point: its error, or None."""
    found: Reasons = {}
    for error in errors:
        if error is not None:
            found[error] = found.get(error, 0) + 1
    return found


def add_reasons(kept: Reasons, more: Mapping[str, int]) -> None:
    """Add ``more`` to ``kept``. If ``kept`` is full, new reasons are counted together as other reasons."""
    for reason, points in more.items():
        name = reason if reason in kept or len(kept) < MOST_KEPT else OTHERS
        kept[name] = kept.get(name, 0) + points


def reason_lines(reasons: Reasons) -> list[str]:
    """Return the most frequent reasons, one line each.

    Among equally frequent ones, the first that occurred come first.
    """
    told = sorted([reason for reason in reasons if reason != OTHERS], key=lambda reason: -reasons[reason])[:_SHOWN]
    left = sum(reasons.values()) - sum([reasons[reason] for reason in told])
    lines = [f"  {reasons[reason]:,} × {printable(reason)}" for reason in told]
    return [*lines, f"  {left:,} × {OTHERS}"] if left else lines
