"""A line of a report: a label, a value, and a note."""

from typing import NamedTuple


class Line(NamedTuple):
    """A line with the name of a total, its exact number, and further words."""

    label: str
    value: str
    note: str = ""
