"""Names of ATen operations, and facts about the nodes of a program that follow from the names."""

from typing import Any

from torch import fx

DROPPED = (
    "contiguous", "clone", "alias", "to", "type_as", "detach", "lift_fresh_copy", "lift_fresh", "_to_copy", "float",
    "double", "half", "requires_grad_", "resolve_conj", "resolve_neg",
)  # fmt: skip
"""Operations that return their input, apart from its type."""


def packet(target: Any) -> str:
    """Return the name of the operation ``target`` without its overload: ``add`` for ``aten.add.Tensor``."""
    return str(target).removeprefix("aten.").partition(".")[0]


def is_in_place(target: Any) -> bool:
    """Return whether the operation ``target`` writes to one of its inputs."""
    name = packet(target)
    return name.endswith("_") and not name.startswith("_")


def is_unsqueeze(node: fx.Node) -> bool:
    """Return whether ``node`` adds an axis of size 1."""
    return packet(node.target) == "unsqueeze"


def is_read(node: fx.Node) -> bool:
    """Return whether a result of the network, or a value that it writes somewhere, depends on ``node``."""
    pending, seen = [node], {node}
    while pending:
        each = pending.pop()
        if each.op == "output" or is_in_place(each.target):
            return True
        new = [user for user in each.users if user not in seen]
        seen.update(new)
        pending += new
    return False


def is_dropped(target: Any) -> bool:
    """Return whether ``target`` returns its input and makes no layer, except between numbers and booleans."""
    return packet(target) in DROPPED
