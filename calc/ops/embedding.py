"""Rows of a table by token id, torch.nn.Embedding."""

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Tensors
from calc.ops.base.fields import OptionalInteger, Positive
from calc.shape import Shape, Shapes


class Embedding(Op):
    """Every token id, an integer below ``num_embeddings``, becomes a vector on a new last axis.

    The table is the layer's own, or arrives as a second input.
    """

    word = "embedding"
    takes = "int"
    roles = ("x", "weight?")
    no_macs = "looks rows up, multiplies nothing"

    num_embeddings: Positive
    embedding_dim: Positive
    padding_idx: OptionalInteger = None

    def check(self) -> None:
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            raise OpError(f"padding_idx={self.padding_idx} is outside num_embeddings={rows}")

    def output_shape(self, inputs: Shapes) -> Shape:
        table = (self.num_embeddings, self.embedding_dim)
        if len(inputs) > 1 and inputs[1].sizes != table:
            raise OpError(f"the table that arrives is {inputs[1]}, needed is {Shape(table)}")
        return Shape((*inputs[0].sizes, self.embedding_dim), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {} if len(inputs) > 1 else {"weight": (self.num_embeddings, self.embedding_dim)}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
