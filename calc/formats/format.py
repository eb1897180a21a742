"""A storage format: what it stores of a tensor, and how many bits that is, exact."""

from fractions import Fraction
from math import prod
from typing import Literal, NamedTuple

from calc.errors import OpError

Per = Literal["element", "group", "block", "row", "column", "tensor"]
Along = Literal["row", "column", "tensor"]
Remainder = Literal["short", "filled", "refused"]


class Stored(NamedTuple):
    """One thing that a format stores: codes, scales, zero points, an index, a shape.

    It has ``bits`` for each element, group of ``size`` elements along a row, block of ``size`` elements of the
    flattened tensor, row, column or tensor: ``per`` says which. Those of a row, of a column or of the whole tensor
    (``along``) are packed together, and rounded up to a multiple of ``word`` bits.
    """

    name: str
    bits: int
    per: Per
    size: int = 1
    word: int = 1
    along: Along = "tensor"

    def total(self, rows: int, columns: int, fill: int = 1) -> int:
        """Its bits in a tensor of ``rows`` × ``columns`` whose rows are filled up to a multiple of ``fill``."""
        high, wide = {
            "element": (rows, _up(columns, fill)),
            "group": (rows, _ceil(columns, self.size)),
            "block": (1, _ceil(rows * columns, self.size)),
            "row": (rows, 1),
            "column": (1, columns),
            "tensor": (1, 1),
        }[self.per]
        if self.along == "row":
            return high * _up(wide * self.bits, self.word)
        if self.along == "column":
            return wide * _up(high * self.bits, self.word)
        return _up(high * wide * self.bits, self.word)


class Format(NamedTuple):
    """A way to store a tensor.

    ``code_bits`` is the width that BitOps are counted with; ``stored`` is all that lies in memory. A row is an output
    channel, the first axis of a tensor (``rows`` is ``first``), or runs along the last axis, as in a file of GGUF
    (``last``); a tensor of one axis is one row. Where no group divides a row, the last is ``short``, or ``filled`` up,
    or such a tensor is ``refused`` (``remainder``). ``layout`` and ``source`` are for people.
    """

    name: str
    code_bits: int
    stored: tuple[Stored, ...]
    family: str
    layout: str
    source: str
    takes_activations: bool = False
    remainder: Remainder = "short"
    rows: Literal["first", "last"] = "first"

    @property
    def group(self) -> int:
        """The elements of its largest group; 1 where it has none."""
        return max([part.size for part in self.stored if part.per == "group"], default=1)

    @property
    def bits_per_weight(self) -> Fraction:
        """The bits a weight of a large tensor that groups and blocks divide; what is stored once a row, a column or a
        tensor comes on top."""
        return sum(
            [Fraction(p.bits, p.size) for p in self.stored if p.per in ("element", "group", "block")], Fraction()
        )

    def stored_bits(self, sizes: tuple[int, ...]) -> int:
        """All the bits of a tensor of ``sizes``. Raises OpError where the format cannot hold one."""
        return sum([bits for _, bits in self.stored_parts(sizes)])

    def stored_parts(self, sizes: tuple[int, ...]) -> tuple[tuple[Stored, int], ...]:
        """Each thing stored, with its bits in a tensor of ``sizes``. Raises OpError as ``stored_bits`` does."""
        rows, columns = self.rows_and_columns(sizes)
        if self.remainder == "refused" and columns % self.group:
            shape = "×".join(map(str, sizes)) or "1"
            raise OpError(
                f"{self.name} takes rows of whole groups of {self.group} weights; "
                f"a tensor of {shape} has rows of {columns:,}",
                "give this tensor another format",
            )
        fill = self.group if self.remainder == "filled" else 1
        return tuple([(part, part.total(rows, columns, fill)) for part in self.stored])

    def rows_and_columns(self, sizes: tuple[int, ...]) -> tuple[int, int]:
        """How many rows a tensor of ``sizes`` has, and how many weights are in each."""
        if len(sizes) < 2:
            return 1, prod(sizes)
        if self.rows == "last":
            return prod(sizes[:-1]), sizes[-1]
        return sizes[0], prod(sizes[1:])


def _ceil(amount: int, step: int) -> int:
    return -(-amount // step)


def _up(amount: int, step: int) -> int:
    return _ceil(amount, step) * step
