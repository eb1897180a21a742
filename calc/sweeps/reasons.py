"""Why points of a sweep cannot be, and how many each reason has."""

from collections.abc import Iterable, Mapping

from calc.errors import printable

Reasons = dict[str, int]
"""The reasons in the order in which they were met, and of each how many points."""
MOST_KEPT = 1_000
"""Reasons that are kept apart, so that memory does not grow with the grid."""
OTHERS = "other reasons"
_SHOWN = 5


def reasons_of(errors: Iterable[str | None]) -> Reasons:
    """Those of points, each with its error, or with None where it has none."""
    found: Reasons = {}
    for error in errors:
        if error is not None:
            found[error] = found.get(error, 0) + 1
    return found


def add_reasons(kept: Reasons, more: Mapping[str, int]) -> None:
    """Add ``more`` to those that are ``kept``; where those are many, what is new goes to all the others together."""
    for reason, points in more.items():
        name = reason if reason in kept or len(kept) < MOST_KEPT else OTHERS
        kept[name] = kept.get(name, 0) + points


def reason_lines(reasons: Reasons) -> list[str]:
    """The reasons of most points, a line each; of those of equally many, the ones that were met first."""
    told = sorted([reason for reason in reasons if reason != OTHERS], key=lambda reason: -reasons[reason])[:_SHOWN]
    left = sum(reasons.values()) - sum([reasons[reason] for reason in told])
    lines = [f"  {reasons[reason]:,} × {printable(reason)}" for reason in told]
    return [*lines, f"  {left:,} × {OTHERS}"] if left else lines
