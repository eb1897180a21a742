"""Finds masks that operations of a program use only to choose, so that any number but 0 may mean true."""

import torch
from torch import fx

from verify.importers.filled import is_filled
from verify.importers.packets import is_dropped, packet

MASK_AT = {"where": 0, "masked_fill": 1}
"""The position of the condition among the arguments of an operation that chooses."""
_NEGATES = ("bitwise_not", "logical_not")
_MOVES_ELEMENTS = (
    "expand", "expand_as", "flatten", "flip", "permute", "repeat", "reshape", "roll", "select", "slice", "squeeze",
    "transpose", "unflatten", "unsqueeze", "view", "view_as",
)  # fmt: skip


def places_read(user: fx.Node, node: fx.Node) -> list[int]:
    """Return the positions of the arguments of ``user`` that are ``node``."""
    return [at for at, given in enumerate(user.args) if given is node]


def is_only_chosen_by(node: fx.Node) -> bool:
    """Return whether every operation that reads ``node``, or a view of it, chooses by it or negates it."""
    users = [user for user in node.users if isinstance(user.meta.get("val"), torch.Tensor)]  # others read its sizes
    return bool(users) and all(_chooses(user, node) for user in users)


def _chooses(user: fx.Node, node: fx.Node) -> bool:
    name = packet(user.target).removesuffix("_")
    if name in _MOVES_ELEMENTS or is_dropped(user.target):
        same = not is_dropped(user.target) or user.meta["val"].dtype == node.meta["val"].dtype
        return same and is_only_chosen_by(user)
    if name == "index_put":
        return bool(user.args[1] == [node]) and node not in user.args
    return name in _NEGATES or is_filled(user) or places_read(user, node) == [MASK_AT.get(name)]
