"""Names of ATen operations, and what these alone say of the nodes of a program."""

from typing import Any

from torch import fx


def packet(target: Any) -> str:
    """The name of the operation ``target`` of a node, without its overload: ``add`` of ``aten.add.Tensor``."""
    return str(target).removeprefix("aten.").partition(".")[0]


def is_in_place(target: Any) -> bool:
    """Whether the operation ``target`` writes into what it reads."""
    name = packet(target)
    return name.endswith("_") and not name.startswith("_")


def is_unsqueeze(node: fx.Node) -> bool:
    """Whether ``node`` puts an axis of 1 in."""
    return packet(node.target) == "unsqueeze"


def is_read(node: fx.Node) -> bool:
    """Whether what ``node`` makes is in what the network returns, or is written somewhere: code may leave results."""
    pending, seen = [node], {node}
    while pending:
        each = pending.pop()
        if each.op == "output" or is_in_place(each.target):
            return True
        new = [user for user in each.users if user not in seen]
        seen.update(new)
        pending += new
    return False
