"""Tensors with one value everywhere, whose sizes come from an input: ``zeros_like(x)``, ``x.new_full(sizes, 2)``."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from calc.errors import OpError
from verify.importers.packets import packet

_FILLS = {
    "zeros_like": 0, "new_zeros": 0, "ones_like": 1, "new_ones": 1, "empty_like": 0, "new_empty": 0,
    "full_like": "fill_value", "new_full": "fill_value",
}  # fmt: skip
"""The number that each operation fills with, or the argument that gives it. ``empty`` is overwritten later."""


def is_filled(node: fx.Node) -> bool:
    """Return whether ``node`` creates such a tensor."""
    return node.op == "call_function" and packet(node.target) in _FILLS


def filled(node: fx.Node, sizes: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Return the tensor of ``sizes`` that ``node`` creates. Raises OpError if its value is not a constant number."""
    fill: Any = _FILLS[packet(node.target)]
    if isinstance(fill, str):
        fill = node.kwargs.get(fill, node.args[-1])
    if not isinstance(fill, (int, float)):
        raise OpError("fills a tensor with a number that depends on the batch or on input values")
    return torch.full(tuple(sizes), fill, dtype=dtype)
