"""Rows of a table by token id, torch.nn.Embedding."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.table import TableOp
from calc.shape import Shape, Shapes


class Embedding(TableOp):
    """Turns every token id, an integer below ``num_embeddings``, into a vector on a new last axis.

    The table is the layer's own parameter, or a second input.
    """

    word = "embedding"
    roles = ("x", "weight?")
    no_macs = "looks rows up and multiplies nothing"

    def output_shape(self, inputs: Shapes) -> Shape:
        if len(inputs) > 1 and inputs[1].sizes != self.table:
            raise OpError(f"the table that arrives is {inputs[1]}, but must be {Shape(self.table)}")
        return Shape((*inputs[0].sizes, self.embedding_dim), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {} if len(inputs) > 1 else {"weight": self.table}
