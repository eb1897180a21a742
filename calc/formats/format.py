"""A storage format: what it stores of a tensor, and how many bits that is, exact."""

from fractions import Fraction
from math import prod
from typing import Literal, NamedTuple

from calc.errors import OpError
from calc.recorded import is_one

Per = Literal["element", "group", "block", "tile", "row", "column", "tensor"]
Along = Literal["row", "column", "tensor"]
PLAIN = "plain"
"""The family of formats that are codes and nothing else."""
_AXES = {"element": 1, "group": 1, "block": 1, "tile": 2}
"""Of what there is the more of the larger a tensor is: along how many axes its size runs."""


class Stored(NamedTuple):
    """One thing that a format stores: codes, scales, zero points, an index, a shape.

    It has ``bits`` for each element, group of ``size`` elements along a row, block of ``size`` elements of the
    flattened tensor, tile of ``size`` × ``size``, row, column or tensor: ``per`` says which. Those of a row, of a
    column or of the whole tensor (``along``) are packed together, and rounded up to a multiple of ``word`` bits.
    ``kind`` is what numbers they are: ``int``, ``uint``, a float such as ``bf16`` or ``e4m3``, a power of two ``e8m0``,
    places in the table ``nf4``, ``fixed6`` with 6 bits of fraction; empty where no plain rule rounds to them.
    """

    name: str
    bits: int
    per: Per
    size: int = 1
    word: int = 1
    along: Along = "tensor"
    kind: str = ""

    def taken(self, rows: int, columns: int, fill: int = 1) -> "Taken":
        """How many there are in ``rows`` × ``columns``, rows filled up to a multiple of ``fill``, and their bits."""
        high, wide = self._grid(rows, columns, fill)
        if self.along == "row":
            bits = high * _up(wide * self.bits, self.word)
        elif self.along == "column":
            bits = wide * _up(high * self.bits, self.word)
        else:
            bits = _up(high * wide * self.bits, self.word)
        return Taken(self, high * wide, bits)

    def _grid(self, rows: int, columns: int, fill: int) -> tuple[int, int]:
        """How many there are down and across."""
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
    """What one thing stored takes in a tensor: ``number`` of them, ``bits`` in all."""

    stored: Stored
    number: int
    bits: int


class Format(NamedTuple):
    """A way to store a tensor.

    ``code_bits`` is the width that BitOps are counted with; ``stored`` is all that lies in memory. A row is an output
    channel, the first axis of a tensor (``rows`` is ``first``), or runs along the last axis, as in a file of GGUF
    (``last``); a tensor of one axis is one row. The last group of a row has fewer elements, or is ``filled`` up.
    How many weights a row has, and how many rows there are, must be a multiple of ``columns_multiple`` and of
    ``rows_multiple``. ``keeps_states``: runtimes keep keys and values in it. ``layout`` and ``source`` are for people.
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
        """The bits a weight of a large tensor that groups, blocks and tiles divide.

        What is stored once a row, a column or a tensor (``fixed``) comes on top.
        """
        parts = [part for part in self.stored if part.per in _AXES]
        return sum([Fraction(part.bits, part.size ** _AXES[part.per]) for part in parts], Fraction())

    @property
    def fixed(self) -> tuple[Stored, ...]:
        """What is stored once a row, a column or a tensor, however large that is."""
        return tuple([part for part in self.stored if part.per not in _AXES])

    def stored_bits(self, sizes: tuple[int, ...]) -> int:
        """All the bits of a tensor of ``sizes``. Raises OpError where the format cannot hold one."""
        if self.family == PLAIN:  # in most networks at most tensors
            return self.code_bits * prod(sizes)
        return sum([taken.bits for taken in self.taken(sizes)])

    def taken(self, sizes: tuple[int, ...]) -> tuple[Taken, ...]:
        """What each thing stored takes in a tensor of ``sizes``. Raises OpError as ``stored_bits`` does."""
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
        """How many rows a tensor of ``sizes`` has, and how many weights are in each."""
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
