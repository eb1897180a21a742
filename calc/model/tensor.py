"""A tensor of a network: its shape, its type and its role. It is an activation, or a layer holds it."""

from typing import Literal, NamedTuple

from calc.ops.base import HeldRole
from calc.shape import Shape

Dtype = Literal["float32", "int64"]
Role = Literal["input", "activation"] | HeldRole
"""``input``: it arrives from outside. ``activation``: a layer computes it. All others: a layer holds it."""


class Tensor(NamedTuple):
    """A tensor for one sample. Its shape has no batch axis."""

    shape: Shape
    dtype: Dtype = "float32"
    role: Role = "activation"
