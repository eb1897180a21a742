"""Represents the network's input as the first node of its graph."""

from typing import Literal

from calc.ops.base import Op
from calc.ops.base.fields import InputSizes
from calc.shape import Shape, Shapes

Channels = Literal["first", "last"]


class NetworkInput(Op):
    """The input of the network. It is not a layer, and a spec cannot name it."""

    word = "input"
    no_macs = "nothing is computed"
    roles = ()

    shape: InputSizes
    channels: Channels = "first"
    dtype: Literal["float32", "int64"] = "float32"

    def output_shape(self, inputs: Shapes) -> Shape:
        if not self.shape:
            return Shape(())
        return Shape(self.shape, -len(self.shape) if self.channels == "first" else -1)
