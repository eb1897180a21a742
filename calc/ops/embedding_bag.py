"""Rows of a table by token id, reduced to one vector per bag, torch.nn.EmbeddingBag."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, Tensors
from calc.ops.base.table import TableOp
from calc.shape import Shape, Shapes


class EmbeddingBag(TableOp):
    """Turns the token ids of the last axis into one vector: the mean, sum or maximum of their rows.

    It counts one element for each element of the rows that it reads.
    """

    word = "embedding_bag"
    no_macs = "looks rows up and adds them, but multiplies nothing"

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
