"""Turns many rows into text at once, in arrays.

A cell is four bytes, and each value is written into a row of cells. Bytes of a cell that are not needed are 0 and are
removed from the final text.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Cells = NDArray[numpy.uint32]
    """Of so many rows, or one row that stands for all."""

_GROUP = 10_000
"""The number of values of four digits, which fill one cell."""


def cells_of_texts(texts: Sequence[str]) -> "Cells":
    """Return a row of cells for each of ``texts``, which may not contain the character NUL."""
    encoded = [text.encode() for text in texts]
    width = -(-max(map(len, encoded), default=0) // 4)
    if not width:
        return numpy.zeros((len(encoded), 0), numpy.uint32)
    return numpy.array(encoded, f"S{4 * width}").view(numpy.uint32).reshape(len(encoded), width)


def cells_of_integers(values: "NDArray[Any]") -> "Cells":
    """Return a row of cells for each of ``values``, which are at least 0 and of type int64 or Python integers."""
    if values.dtype == object:
        return cells_of_texts(list(map(str, values.tolist())))
    groups = -(-len(str(int(values.max(initial=0)))) // 4)
    found = numpy.empty((len(values), groups), numpy.uint32)
    left = values
    for group in reversed(range(groups)):
        above = left // _GROUP
        digits = left - above * _GROUP
        table = _DIGITS[group == groups - 1]
        found[:, group] = table[digits + _GROUP * (above > 0)]
        left = above
    return found


def cells_of_doubles(values: "NDArray[Any]") -> "Cells":
    """Return a row of cells for each of ``values``, written as Python writes them."""
    written = list(map(repr, values.tolist()))
    width = -(-max(map(len, written), default=1) // 4)
    return numpy.array(written, f"S{4 * width}").view(numpy.uint32).reshape(len(written), width)


def text_of_cells(parts: "Sequence[Cells]", shape: tuple[int, ...]) -> bytes:
    """Return the text of an array of rows with this ``shape``.

    Each row has the cells of all ``parts``, broadcast to it.
    """
    whole = numpy.empty((*shape, sum([part.shape[-1] for part in parts])), numpy.uint32)
    at = 0
    for part in parts:
        whole[..., at : at + part.shape[-1]] = part
        at += part.shape[-1]
    return whole.tobytes().translate(None, b"\0")


def _digits(least: int) -> "Cells":
    """Return the cells of 0 to 9999 with at least ``least`` digits, followed by those with all four digits."""
    short = [f"{value or ''}" if not least else str(value) for value in range(_GROUP)]
    return cells_of_texts([each.rjust(4, "\0") for each in short] + [f"{value:04}" for value in range(_GROUP)])[:, 0]


_DIGITS = (_digits(0), _digits(1))
"""The cells of a group that has another one below it, and those of the last group."""
