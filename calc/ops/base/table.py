"""The common part of ops that look up rows in a table: its size, and the row that is only padding."""

from calc.errors import OpError
from calc.ops.base import HeldRole, Op
from calc.ops.base.fields import OptionalInteger, Positive


class TableOp(Op):
    """An op that reads token ids below ``num_embeddings``."""

    takes = "int"

    num_embeddings: Positive
    embedding_dim: Positive
    padding_idx: OptionalInteger = None

    def check(self) -> None:
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            raise OpError(f"padding_idx={self.padding_idx} is outside num_embeddings={rows}")

    @property
    def table(self) -> tuple[int, int]:
        """The shape of the table."""
        return self.num_embeddings, self.embedding_dim

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
