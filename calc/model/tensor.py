"""A tensor of a network, one that flows or one that a layer holds: a shape, a dtype, and what it is to the network."""

from typing import Literal, NamedTuple

from calc.ops.base import HeldRole
from calc.shape import Shape

Dtype = Literal["float32", "int64"]
Role = Literal["input", "activation"] | HeldRole
"""``input``: arrives from outside. ``activation``: a layer makes it. All others: a layer holds it."""


class Tensor(NamedTuple):
    """One tensor of one sample: the batch is no axis of its shape."""

    shape: Shape
    dtype: Dtype = "float32"
    role: Role = "activation"
