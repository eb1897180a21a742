"""A tensor of a network, an activation or a tensor that a layer holds: its shape, its type and its role."""

from typing import Literal, NamedTuple

from calc.ops.base import HeldRole
from calc.shape import Shape

Dtype = Literal["float32", "int64"]
Role = Literal["input", "activation"] | HeldRole
"""``input``: arrives from outside. ``activation``: a layer makes it. All others: a layer holds it."""


class Tensor(NamedTuple):
    """A tensor for one sample. Its shape has no batch axis."""

    shape: Shape
    dtype: Dtype = "float32"
    role: Role = "activation"
