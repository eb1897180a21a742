"""Tensors that are made beside one that arrives, and of nothing in it: ``zeros_like(x)``, ``x.new_full(sizes, 2)``."""

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
"""With what each is filled: a number, or the argument that says it. What ``empty`` leaves open is written over."""


def is_filled(node: fx.Node) -> bool:
    """Whether ``node`` makes such a tensor."""
    return node.op == "call_function" and packet(node.target) in _FILLS


def filled(node: fx.Node, sizes: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """The tensor that ``node`` makes in ``sizes``. Raises OpError where what it is filled with is no number."""
    fill: Any = _FILLS[packet(node.target)]
    if isinstance(fill, str):
        fill = node.kwargs.get(fill, node.args[-1])
    if not isinstance(fill, (int, float)):
        raise OpError("fills a tensor with a number that depends on the batch or on values")
    return torch.full(tuple(sizes), fill, dtype=dtype)
