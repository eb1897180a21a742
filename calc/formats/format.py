"""A storage format: the parts that it stores of a tensor, and their exact number of bits."""

from fractions import Fraction
from math import prod
from typing import Literal, NamedTuple

from calc.errors import OpError
from calc.recorded import is_one

Per = Literal["element", "group", "block", "tile", "row", "column", "tensor"]
Along = Literal["row", "column", "tensor"]
PLAIN = "plain"
"""The family of formats that consist of codes only."""
_AXES = {"element": 1, "group": 1, "block": 1, "tile": 2}
"""The parts whose number grows with the tensor, and along how many axes their size runs."""


class Stored(NamedTuple):
    """A part that a format stores: codes, scales, zero points, an index or a shape.

    It has ``bits`` for each unit named in ``per``: an element, a group of ``size`` elements along a row, a block of
    ``size`` elements of the flattened tensor, a tile of ``size`` × ``size``, a row, a column or the tensor. The bits of
    a row, a column or the whole tensor (``along``) are packed and rounded up to a multiple of ``word`` bits. ``kind``
    is the kind of numbers: ``int``, ``uint``, a float such as ``bf16`` or ``e4m3``, a power of two ``e8m0``, an index
    of the table ``nf4``, or ``fixed6`` with 6 bits of fraction. It is empty if no simple rule rounds to them.
    """

    name: str
    bits: int
    per: Per
    size: int = 1
    word: int = 1
    along: Along = "tensor"
    kind: str = ""

    def taken(self, rows: int, columns: int, fill: int = 1) -> "Taken":
        """The number of units in ``rows`` × ``columns`` and their bits.

        Rows are filled up to a multiple of ``fill``.
        """
        high, wide = self._grid(rows, columns, fill)
        if self.along == "row":
            bits = high * _up(wide * self.bits, self.word)
        elif self.along == "column":
            bits = wide * _up(high * self.bits, self.word)
        else:
            bits = _up(high * wide * self.bits, self.word)
        return Taken(self, high * wide, bits)

    def _grid(self, rows: int, columns: int, fill: int) -> tuple[int, int]:
        """The number of units down and across."""
        match self.per:
            case "element":
                return rows, _up(columns, fill)
            case "group":
                return rows, _ceil(columns, self.size)
            case "block":
                return 1, _ceil(rows * columns, self.size)
            case "tile":
                return _ceil(rows, self.size), _ceil(columns, self.size)
            case "row":
                return rows, 1
            case "column":
                return 1, columns
            case "tensor":
                return 1, 1


class Taken(NamedTuple):
    """The size of one part in a tensor: the ``number`` of its units and all their ``bits``."""

    stored: Stored
    number: int
    bits: int


class Format(NamedTuple):
    """A way to store a tensor.

    ``code_bits`` is the width for BitOps, and ``stored`` has all parts in memory. A row is an output channel, along the
    first axis of a tensor (``rows`` is ``first``), or runs along the last axis as in a GGUF file (``last``). A tensor
    with one axis is one row. The last group of a row may have fewer elements, unless it is ``filled`` up. The weights
    of a row and the number of rows must be multiples of ``columns_multiple`` and ``rows_multiple``. ``keeps_states``
    says that runtimes store keys and values in it. ``layout`` and ``source`` are texts for reports.
    """

    name: str
    code_bits: int
    stored: tuple[Stored, ...]
    family: str
    layout: str
    source: str
    takes_activations: bool = False
    keeps_states: bool = False
    filled: bool = False
    rows: Literal["first", "last"] = "first"
    columns_multiple: int = 1
    rows_multiple: int = 1

    @property
    def bits_per_weight(self) -> Fraction:
        """The bits per weight of a large tensor that groups, blocks and tiles divide evenly.

        The parts for each row, column or tensor (``fixed``) are not included.
        """
        parts = [part for part in self.stored if part.per in _AXES]
        return sum([Fraction(part.bits, part.size ** _AXES[part.per]) for part in parts], Fraction())

    @property
    def fixed(self) -> tuple[Stored, ...]:
        """The parts that are stored once for each row, column or tensor, whatever its size."""
        return tuple([part for part in self.stored if part.per not in _AXES])

    def stored_bits(self, sizes: tuple[int, ...]) -> int:
        """All bits of a tensor of ``sizes``. Raises OpError if the format cannot store it."""
        if self.family == PLAIN:  # in most networks at most tensors
            return self.code_bits * prod(sizes)
        return sum([taken.bits for taken in self.taken(sizes)])

    def taken(self, sizes: tuple[int, ...]) -> tuple[Taken, ...]:
        """The size of each part in a tensor of ``sizes``. Raises OpError as ``stored_bits`` does."""
        rows, columns = self.rows_and_columns(sizes)
        if columns % self.columns_multiple:
            fact = f"{self.name} takes rows of a multiple of {self.columns_multiple:,} weights"
            raise OpError(f"{fact}; those of {_named(sizes)} have {columns:,}", "give this tensor another format")
        if rows % self.rows_multiple:
            fact = f"{self.name} takes a multiple of {self.rows_multiple:,} rows"
            raise OpError(f"{fact}; {_named(sizes)} has {rows:,}", "give this tensor another format")
        fill = max([part.size for part in self.stored if part.per == "group"], default=1) if self.filled else 1
        return tuple([part.taken(rows, columns, fill) for part in self.stored])

    def rows_and_columns(self, sizes: tuple[int, ...]) -> tuple[int, int]:
        """The number of rows of a tensor of ``sizes``, and the number of weights in each row."""
        if len(sizes) < 2:
            return 1, prod(sizes)
        if self.rows == "last":
            return prod(sizes[:-1]), sizes[-1]
        return sizes[0], prod(sizes[1:])


def _named(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes)) or "one number"


def _ceil(amount: int, step: int) -> int:
    return -(-amount // step)


def _up(amount: int, step: int) -> int:
    return amount if is_one(step) else _ceil(amount, step) * step
