"""A line of a report: what, the value, and the rest in words."""

from typing import NamedTuple


class Line(NamedTuple):
    """One total: what, the exact number, and the rest in words."""

    label: str
    value: str
    note: str = ""
