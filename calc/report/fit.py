"""A table in a terminal: the one rule by which it fits.

Text is folded before a column goes, columns go by their importance, the least important first, and what went is said.
A number is neither cut nor broken. Names fold where they take more than half of the terminal. Where not even the
columns that always stay have room side by side, each row is listed, a value a line beside its title.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from calc.report.cells import break_words, cells, padded, paragraph, wrapped
from calc.report.table import ALWAYS, Column, Table
from calc.report.units import exact

NARROWEST_TEXT = 24
"""Columns that a text of several words is left before a column goes."""
NARROWEST_NAME = 8
"""Columns that any text is left once no column may go any more."""
RULE = "─"


class Need(NamedTuple):
    """The columns of a terminal that a column of a table takes unfolded, and that its longest word takes."""

    whole: int
    word: int


class Fitted(NamedTuple):
    """A table for a given width: what is left of it, its cells as texts, the columns' widths and the space between.

    ``dropped``: the titles of what is not left. ``needs``: of every column, by its key. ``stacked``: the rows are
    listed, a value a line.
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
        """What stands above the columns."""
        return [column.title for column in self.table.columns]

    @property
    def width(self) -> int:
        """From the first column to the last."""
        return _width(self.widths, self.gap)

    @property
    def narrowed(self) -> str:
        """What was dropped, in a sentence; empty where nothing was."""
        return too_narrow(self.dropped)


def too_narrow(dropped: Sequence[str]) -> str:
    """The sentence that says which columns were dropped; empty for none."""
    return f"too narrow here for {', '.join(dropped)}: widen or pipe" if dropped else ""


def fitted(
    table: Table,
    width: int,
    count: Callable[[int | float], str] = exact,
    needs: Mapping[str, Need] = MappingProxyType({}),
) -> Fitted:
    """``table`` in ``width`` columns; ``count`` writes the counts. ``needs``: of other rows of the same columns."""
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
    """What a column of text is left before columns go: its longest word, a few words' room, or half of ``width``."""
    return min(need.whole, max(NARROWEST_TEXT, min(need.word, width // 2)))


def _widths(
    columns: Sequence[Column], whole: list[int], least: list[int], width: int
) -> tuple[tuple[int, ...], int, bool]:
    """The columns' widths, the space between, and whether they fit; texts get narrower than ``least`` where it must."""
    gap = 2 if _width(least, 2) <= width else 1
    if _width(least, gap) > width:
        least = [
            min(wide, NARROWEST_NAME) if column.folds else wide for column, wide in zip(columns, whole, strict=True)
        ]
    room = width - _width(least, gap)
    return tuple(_filled(least, whole, max(0, room))), gap, room >= 0


def _called(columns: Sequence[Column], at: int) -> str:
    """A column's title; where another has it too, with the one that it stands beside."""
    titles = [column.title for column in columns]
    beside = f" beside {titles[at - 1]}" if titles.count(titles[at]) > 1 else ""
    return titles[at] + beside if titles[at] else columns[at].key


def _width(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * max(0, len(widths) - 1)


def _filled(least: list[int], natural: list[int], room: int) -> list[int]:
    """``least`` and what there is of ``room``, those that lack least first."""
    widths = list(least)
    lacking = sorted(range(len(least)), key=lambda at: natural[at] - least[at])
    for number, at in enumerate(lacking):
        more = min(natural[at] - least[at], room // (len(lacking) - number))
        widths[at] += more
        room -= more
    return widths


def row_lines(fit: Fitted, texts: Sequence[str]) -> Iterator[list[str]]:
    """One row as the lines it takes: its cells, each as wide as its column."""
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
    """One row of a table that has no room: a value a line."""
    longest = max([cells(column.title) for column in columns])
    lines = []
    for column, text in zip(columns, texts, strict=True):
        start = f"{padded(column.title, longest, right=False)}  " if longest else ""
        lines += paragraph(text, width, start) if column.folds else [start + text]
    return lines


def drawn(fit: Fitted, width: int) -> list[str]:
    """The whole table as lines without colour."""
    if fit.stacked:
        return [line for row in fit.texts for line in [*listed(fit.table.columns, row, width), ""]][:-1]
    lines = head(fit) if any(fit.titles) else []
    return lines + [joined(fit, line) for row in fit.texts for line in row_lines(fit, row)]


def head(fit: Fitted) -> list[str]:
    """The titles and the rule below them."""
    return [*[joined(fit, line) for line in row_lines(fit, fit.titles)], RULE * fit.width]


def joined(fit: Fitted, line: Sequence[str]) -> str:
    """A line's cells with the space between them."""
    return (" " * fit.gap).join(line).rstrip()
