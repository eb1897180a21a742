"""Splits weights into the pieces that share one scale: groups along a row, blocks, tiles, rows, or the tensor."""

from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import pad

from calc.formats import Stored


class Groups(NamedTuple):
    """A split of ``rows`` × ``columns`` weights into pieces of ``height`` × ``width``, padded with 0 at the end."""

    rows: int
    columns: int
    height: int
    width: int

    @classmethod
    def of(cls, part: Stored, rows: int, columns: int) -> "Groups":
        """Return the split with one piece for each number of ``part``, such as one scale."""
        if part.per == "block":
            return cls(1, rows * columns, 1, part.size)
        height, width = {
            "group": (1, part.size),
            "tile": (part.size, part.size),
            "row": (1, columns),
            "tensor": (rows, columns),
        }[part.per]
        return cls(rows, columns, min(height, rows), min(width, columns))

    def split(self, matrix: Tensor) -> Tensor:
        """Return ``matrix``, of any shape, as (pieces, weights of one piece)."""
        filled = pad(
            matrix.reshape(self.rows, self.columns), (0, -self.columns % self.width, 0, -self.rows % self.height)
        )
        high, wide = (size // step for size, step in zip(filled.shape, (self.height, self.width), strict=True))
        tiles = filled.reshape(high, self.height, wide, self.width).transpose(1, 2)
        return tiles.reshape(-1, self.height * self.width)

    def joined(self, groups: Tensor) -> Tensor:
        """Return the inverse of ``split``, of shape (rows, columns)."""
        high = -(-self.rows // self.height)
        tiles = groups.reshape(high, -1, self.height, self.width).transpose(1, 2)
        return tiles.reshape(high * self.height, -1)[: self.rows, : self.columns]
