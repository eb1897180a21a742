"""The table of a report, independent of any format: columns, and rows of plain values."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from calc.errors import printable
from calc.model.inputs import input_text
from calc.ops.base import Aspect
from calc.quantities import at_least
from calc.report.units import FROM, exact, seconds

Cell = Any
NOTHING = "–"
ALWAYS = 9
"""The importance of a column that stays at any width."""


class LowerBound(NamedTuple):
    """A cell whose value is a lower bound."""

    value: int | float


class Column(NamedTuple):
    """One column. ``kind`` says how its values are written: text, count, number, size, share, seconds or bar.

    A text in a column of counts remains a text. If a terminal is too narrow, columns with the smallest ``importance``
    are left out first.
    """

    key: str
    title: str
    kind: str
    importance: int = ALWAYS

    @property
    def is_number(self) -> bool:
        """True if the column is aligned to the right."""
        return self.kind not in ("text", "bar")

    @property
    def folds(self) -> bool:
        """True if its cells may be wrapped."""
        return self.kind == "text"


class Table(NamedTuple):
    """Columns and rows; ``rows[i][j]`` is the value under ``columns[j]``."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self, count: Callable[[int | float], str] = exact) -> list[list[str]]:
        """Return every cell as text for people. ``count`` formats counts."""
        return [
            [cell_text(value, column.kind, count) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def without(self, keys: Collection[str]) -> "Table":
        """Return the table without the columns named."""
        kept = [index for index, column in enumerate(self.columns) if column.key not in keys]
        return Table(
            tuple([self.columns[index] for index in kept]), tuple([tuple([row[i] for i in kept]) for row in self.rows])
        )


def bounded(keys: Sequence[str], row: Sequence[Cell], unknown: Collection[Aspect]) -> tuple[Cell, ...]:
    """Return ``row`` under ``keys`` with its lower bounds marked, which depend on the ``unknown`` parts of a layer."""
    bounds = at_least(keys, unknown)
    if not bounds:
        return tuple(row)
    numbers = [key in bounds and isinstance(value, (int, float)) for key, value in zip(keys, row, strict=True)]
    return tuple([LowerBound(value) if is_bound else value for value, is_bound in zip(row, numbers, strict=True)])


def cell_text(value: Cell, kind: str, count: Callable[[int | float], str] = exact) -> str:
    """Return one value as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, LowerBound):
        return FROM + cell_text(value.value, kind, count)
    if kind == "count" and isinstance(value, (int, float)):
        return count(value)
    if kind == "seconds":
        return seconds(value)
    if kind == "share":
        return f"{value:.1f} %"
    if kind == "size" and isinstance(value, dict):
        return input_text(value)
    if kind == "size":
        return "×".join(map(str, value)) or NOTHING
    return printable(str(value))
