"""Text as a terminal shows it: the columns that it takes, and its line breaks."""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category, east_asian_width

# a line does not break within `3 × 4` or `≥ 4`, or between a number and its unit
_BETWEEN_WORDS = re.compile(r"(?<![×≥]) (?!×|%|[KMGTPE]i?B?\b)")
# a word that is wider than its line breaks after a separator, but not after one within a number
_WITHIN_A_WORD = re.compile(r"(?<=[ /_\-:=@])|(?<=[.,])(?<!\d.)|(?<=\d[.,])(?!\d)")
_EIGHTHS = " ▏▎▍▌▋▊▉"


@lru_cache(1 << 12)
def cells(text: str) -> int:
    """Return the columns of a terminal that ``text`` takes: two for a wide character (漢), none for an accent alone."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def padded(text: str, width: int, right: bool) -> str:
    """Return ``text`` in ``width`` columns, aligned to the right or to the left."""
    space = " " * (width - cells(text))
    return space + text if right else text + space


def eighths(value: float, largest: float, width: int) -> str:
    """Return a bar in eighths of a column. The value ``largest`` fills ``width``."""
    parts = round(8 * width * value / largest) if largest else 0
    return "█" * (parts // 8) + _EIGHTHS[parts % 8].strip()


def break_words(text: str) -> list[str]:
    """Return the pieces of ``text`` between which a line may break."""
    return _BETWEEN_WORDS.split(text)


def wrapped(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of ``width`` columns, broken between words.

    A word that is too wide is broken after one of its separators, or anywhere if it has none.
    """
    if cells(text) <= width:
        return [text]
    lines = [""]
    for word in break_words(text):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
        else:
            lines += _folded(word, width)
    return lines if lines[0] else lines[1:]


def paragraph(text: str, width: int, start: str = "", below: str | None = None) -> list[str]:
    """Return ``text`` after ``start``. Further lines begin with ``below``, or are indented to the start of the text."""
    if cells(start) + cells(text) <= width:
        return [start + text]
    indent = " " * cells(start) if below is None else below
    lines = wrapped(text, max(1, width - max(cells(start), cells(indent))))
    return [f"{indent if at else start}{line}" for at, line in enumerate(lines)]


def _folded(word: str, width: int) -> list[str]:
    """Break a word into lines, with as many pieces in each line as fit."""
    lines = [""]
    for piece in _pieces(word, width):
        if cells(lines[-1] + piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines if line]


def _pieces(word: str, width: int) -> Iterator[str]:
    for piece in _WITHIN_A_WORD.split(word):
        if cells(piece) <= width:
            yield piece
        else:
            yield from piece  # character by character
