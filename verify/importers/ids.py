"""Finds the integers of a program that are indices into tables, such as token ids and positions."""

import torch
from torch import fx

from verify.importers.packets import packet

INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
"""The dtypes of ids and indices."""
_LOOKS_UP = {"embedding": 1, "embedding_bag": 1, "index_select": 2}
"""The position of the argument that holds the indices, by operation."""


def are_looked_up(node: fx.Node) -> bool:
    """Return whether the integers from ``node``, or integers computed from them, are used as indices into a table."""
    pending, seen = [node], {node}
    while pending:
        each = pending.pop()
        made = each.meta.get("val")
        if not isinstance(made, torch.Tensor) or made.dtype not in INTEGERS:
            continue
        for user in each.users:
            at = _LOOKS_UP.get(packet(user.target))
            if at is not None and len(user.args) > at and user.args[at] is each:
                return True
            if user not in seen:
                seen.add(user)
                pending.append(user)
    return False
