"""A report's table before any format: columns, and rows of values as they are."""

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
    """A cell whose value is at least that."""

    value: int | float


class Column(NamedTuple):
    """One column. ``kind`` says how a value is written: text, count, number, size, share, seconds, bar.

    Text among counts stays.

    ``importance``: where a terminal is too narrow, columns of the smallest go first.
    """

    key: str
    title: str
    kind: str
    importance: int = ALWAYS

    @property
    def is_number(self) -> bool:
        """Whether it is aligned to the right."""
        return self.kind not in ("text", "bar")

    @property
    def folds(self) -> bool:
        """Whether its cells may go on in the next line."""
        return self.kind == "text"


class Table(NamedTuple):
    """Columns and rows; ``rows[i][j]`` is the value under ``columns[j]``."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self, count: Callable[[int | float], str] = exact) -> list[list[str]]:
        """Every cell as text for people; ``count`` writes the counts."""
        return [
            [cell_text(value, column.kind, count) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def without(self, keys: Collection[str]) -> "Table":
        """The table less the columns named."""
        kept = [index for index, column in enumerate(self.columns) if column.key not in keys]
        return Table(
            tuple([self.columns[index] for index in kept]), tuple([tuple([row[i] for i in kept]) for row in self.rows])
        )


def bounded(keys: Sequence[str], row: Sequence[Cell], unknown: Collection[Aspect]) -> tuple[Cell, ...]:
    """``row`` under ``keys`` with the numbers marked that are lower bounds, where so much of it is ``unknown``."""
    bounds = at_least(keys, unknown)
    if not bounds:
        return tuple(row)
    numbers = [key in bounds and isinstance(value, (int, float)) for key, value in zip(keys, row, strict=True)]
    return tuple([LowerBound(value) if is_bound else value for value, is_bound in zip(row, numbers, strict=True)])


def cell_text(value: Cell, kind: str, count: Callable[[int | float], str] = exact) -> str:
    """One value as people read it."""
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
