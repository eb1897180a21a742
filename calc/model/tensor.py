"""What flows between layers: a shape, a dtype, and what the tensor is to the network."""

from typing import Literal, NamedTuple

from calc.shape import Shape

Dtype = Literal["float32", "int64"]
Role = Literal["input", "activation", "parameter", "buffer"]
"""``input``: arrives from outside. ``activation``: a layer makes it. ``parameter`` and ``buffer``: the network holds
it, learnt or not."""


class Tensor(NamedTuple):
    """One tensor of one sample: the batch is no axis of its shape."""

    shape: Shape
    dtype: Dtype = "float32"
    role: Role = "activation"
