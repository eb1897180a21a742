"""Fits a table into a terminal, by one rule for all tables.

Text is wrapped before a column is left out. The least important column is left out first, and the report says which
were. A number is neither cut nor broken. Names are wrapped if they take more than half of the terminal. If even the
columns that always stay do not fit beside each other, each row becomes a list with one value in a line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from calc.report.cells import break_words, cells, padded, paragraph, wrapped
from calc.report.table import ALWAYS, Column, Table
from calc.report.units import exact

NARROWEST_TEXT = 24
"""The width that a text of several words keeps as long as a column can be left out."""
NARROWEST_NAME = 8
"""The width that any text keeps when no column can be left out."""
RULE = "─"


class Need(NamedTuple):
    """The width of a column without wrapping, and the width of its longest word."""

    whole: int
    word: int


class Fitted(NamedTuple):
    """A table for a given width: the columns that are left, their cells as text, their widths, and their gap.

    ``dropped`` has the titles of the columns that were left out. ``needs`` has the needs of every column, by its key.
    ``stacked`` is True if each row is a list with one value in a line.
    """

    table: Table
    texts: list[list[str]]
    widths: tuple[int, ...]
    gap: int
    dropped: tuple[str, ...]
    needs: dict[str, Need]
    stacked: bool = False

    @property
    def titles(self) -> list[str]:
        """The titles of the columns."""
        return [column.title for column in self.table.columns]

    @property
    def width(self) -> int:
        """The width of the table, from the first column to the last."""
        return _width(self.widths, self.gap)

    @property
    def narrowed(self) -> str:
        """A sentence that names the columns that were left out; empty if there are none."""
        return too_narrow(self.dropped)


def too_narrow(dropped: Sequence[str]) -> str:
    """Return the sentence that names the columns that were left out; empty if there are none."""
    return f"too narrow here for {', '.join(dropped)}: widen or pipe" if dropped else ""


def fitted(
    table: Table,
    width: int,
    count: Callable[[int | float], str] = exact,
    needs: Mapping[str, Need] = MappingProxyType({}),
) -> Fitted:
    """Return ``table`` in ``width`` columns.

    ``count`` formats counts, and ``needs`` are those of other rows of the table.
    """
    texts, columns = table.texts(count), table.columns
    needed = [
        _need([column.title, *[row[at] for row in texts]], needs.get(column.key, Need(0, 0)))
        for at, column in enumerate(columns)
    ]
    least = [_least(need, width) if column.folds else need.whole for column, need in zip(columns, needed, strict=True)]
    kept = list(range(len(columns)))
    for at in sorted(kept, key=lambda at: columns[at].importance):
        if _width([least[i] for i in kept], 1) <= width or columns[at].importance == ALWAYS:
            break
        kept.remove(at)
    left = table.without([column.key for at, column in enumerate(columns) if at not in kept])
    widths, gap, fits = _widths(left.columns, [needed[at].whole for at in kept], [least[at] for at in kept], width)
    return Fitted(
        left,
        [[row[at] for at in kept] for row in texts],
        widths,
        gap,
        tuple([_called(columns, at) for at in range(len(columns)) if at not in kept]),
        {column.key: need for column, need in zip(columns, needed, strict=True)},
        stacked=not fits,
    )


def _need(texts: Sequence[str], so_far: Need) -> Need:
    whole = max(so_far.whole, *map(cells, texts))
    if whole <= NARROWEST_TEXT:
        return Need(whole, whole)
    return Need(whole, max(so_far.word, *[cells(word) for text in texts for word in break_words(text)]))


def _least(need: Need, width: int) -> int:
    """Return the width that a column of text keeps: its longest word, room for a few words, or half of ``width``."""
    return min(need.whole, max(NARROWEST_TEXT, min(need.word, width // 2)))


def _widths(
    columns: Sequence[Column], whole: list[int], least: list[int], width: int
) -> tuple[tuple[int, ...], int, bool]:
    """Return the widths of the columns, the gap between them, and whether they fit.

    Texts become narrower than ``least`` only if nothing else helps.
    """
    gap = 2 if _width(least, 2) <= width else 1
    if _width(least, gap) > width:
        least = [
            min(wide, NARROWEST_NAME) if column.folds else wide for column, wide in zip(columns, whole, strict=True)
        ]
    room = width - _width(least, gap)
    return tuple(_filled(least, whole, max(0, room))), gap, room >= 0


def _called(columns: Sequence[Column], at: int) -> str:
    """Return the title of a column.

    If another column has the same title, the title of the column before it is added.
    """
    titles = [column.title for column in columns]
    beside = f" beside {titles[at - 1]}" if titles.count(titles[at]) > 1 else ""
    return titles[at] + beside if titles[at] else columns[at].key


def _width(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * max(0, len(widths) - 1)


def _filled(least: list[int], natural: list[int], room: int) -> list[int]:
    """Return ``least`` widened by the ``room`` that is left, beginning with the columns that lack least."""
    widths = list(least)
    lacking = sorted(range(len(least)), key=lambda at: natural[at] - least[at])
    for number, at in enumerate(lacking):
        more = min(natural[at] - least[at], room // (len(lacking) - number))
        widths[at] += more
        room -= more
    return widths


def row_lines(fit: Fitted, texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of one row. Each line has the cells, each as wide as its column."""
    broken = [
        wrapped(text, width) if column.folds else [text]
        for column, text, width in zip(fit.table.columns, texts, fit.widths, strict=True)
    ]
    for at in range(max(map(len, broken))):
        yield [
            padded(lines[at] if at < len(lines) else "", width, column.is_number)
            for column, lines, width in zip(fit.table.columns, broken, fit.widths, strict=True)
        ]


def listed(columns: Sequence[Column], texts: Sequence[str], width: int) -> list[str]:
    """Return one row of a table that does not fit, as lines with one value each."""
    longest = max([cells(column.title) for column in columns])
    lines = []
    for column, text in zip(columns, texts, strict=True):
        start = f"{padded(column.title, longest, right=False)}  " if longest else ""
        lines += paragraph(text, width, start) if column.folds else [start + text]
    return lines


def drawn(fit: Fitted, width: int) -> list[str]:
    """Return the whole table as lines without colour."""
    if fit.stacked:
        return [line for row in fit.texts for line in [*listed(fit.table.columns, row, width), ""]][:-1]
    lines = head(fit) if any(fit.titles) else []
    return lines + [joined(fit, line) for row in fit.texts for line in row_lines(fit, row)]


def head(fit: Fitted) -> list[str]:
    """Return the titles and the rule below them."""
    return [*[joined(fit, line) for line in row_lines(fit, fit.titles)], RULE * fit.width]


def joined(fit: Fitted, line: Sequence[str]) -> str:
    """Return the cells of a line with the gap between them."""
    return (" " * fit.gap).join(line).rstrip()
