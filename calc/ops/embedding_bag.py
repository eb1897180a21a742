"""Rows of a table by token id, put together, torch.nn.EmbeddingBag."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, HeldRole, Op, Tensors
from calc.ops.base.fields import OptionalInteger, Positive
from calc.shape import Shape, Shapes


class EmbeddingBag(Op):
    """The token ids of the last axis become one vector: the mean, the sum or the maximum of their rows.

    Elements are those of the rows that are put together.
    """

    word = "embedding_bag"
    takes = "int"
    no_macs = "looks rows up and adds them, multiplies nothing"

    num_embeddings: Positive
    embedding_dim: Positive
    mode: Literal["mean", "sum", "max"] = "mean"
    padding_idx: OptionalInteger = None

    def check(self) -> None:
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            raise OpError(f"padding_idx={self.padding_idx} is outside num_embeddings={rows}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if not x.rank:
            raise OpError("needs an axis of token ids, got a scalar")
        return Shape((*x.sizes[:-1], self.embedding_dim), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        return {self.word: inputs[0].elements * self.embedding_dim}
