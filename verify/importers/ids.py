"""Which numbers of a program are looked up in tables, as token ids and positions are."""

import torch
from torch import fx

from verify.importers.operation import INTEGERS
from verify.importers.packets import packet

_LOOKS_UP = {"embedding": 1, "index_select": 2}
"""Which argument of an operation is looked up."""


def are_looked_up(node: fx.Node) -> bool:
    """Whether the integers that ``node`` makes, or others that are made of them, are looked up."""
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
