"""Rows of a table by token id, put together, torch.nn.EmbeddingBag."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, Tensors
from calc.ops.base.table import TableOp
from calc.shape import Shape, Shapes


class EmbeddingBag(TableOp):
    """The token ids of the last axis become one vector: the mean, the sum or the maximum of their rows.

    Elements are those of the rows that are put together.
    """

    word = "embedding_bag"
    no_macs = "looks rows up and adds them, multiplies nothing"

    mode: Literal["mean", "sum", "max"] = "mean"

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if not x.rank:
            raise OpError("needs an axis of token ids, got a scalar")
        return Shape((*x.sizes[:-1], self.embedding_dim), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"weight": self.table}

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        return {self.word: inputs[0].elements * self.embedding_dim}
