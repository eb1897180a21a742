"""Which function lowers which ATen operation; a family of them has a file in ``lower``."""

import operator
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import torch

from calc.importing import Value
from verify.importers.ids import are_looked_up
from verify.importers.operation import Operation
from verify.importers.packets import packet

Lower = Callable[[Operation], Any]
Family = TypeVar("Family", bound=Lower)

_LOWERS: dict[str, Lower] = {}

DROPPED = (
    "contiguous", "clone", "alias", "to", "type_as", "detach", "lift_fresh_copy", "lift_fresh", "_to_copy", "float",
    "double", "half", "requires_grad_", "resolve_conj", "resolve_neg",
)  # fmt: skip
"""Operations that pass on what arrives; of ``to`` and its like the numbers, at whatever precision."""

NEAR = {
    "aten.log_sigmoid.default": "softplus of −x, with the sign turned",
    "aten.outer.default": "einsum, of two vectors",
    "aten.tensordot.default": "einsum, of the same axes",
    "aten.logsumexp.default": "log_softmax, which is x less what logsumexp makes of it",
    "torchvision.roi_align.default": "roi_align, of as many boxes in every sample, as torchvision's detectors have it",
    "aten.nonzero.default": "nothing: its size depends on the values",
}
"""Ops of ours that are near foreign ones which have none, for messages."""


def lowers(*names: str) -> Callable[[Family], Family]:
    """The function lowers the ATen operations ``names``: ``conv2d``, all overloads of it, or ``add.Tensor``, one."""

    def register(function: Family) -> Family:
        for name in names:
            assert name not in _LOWERS, f"two functions lower {name}"
            _LOWERS[name] = function
        return function

    return register


def lower_of(target: Any) -> Lower | None:
    """What lowers the operation ``target``; one in place is lowered as that which is not."""
    load_families()
    name = packet(target)
    overload = str(target).removeprefix("aten.").removeprefix(f"{name}.")  # of an op of ours all behind its library
    plain = name.removesuffix("_")
    for each in (f"{name}.{overload}", name, f"{plain}.{overload}", plain):
        if each in _LOWERS:
            return _LOWERS[each]
    return None


def is_dropped(target: Any) -> bool:
    """Whether ``target`` passes on what arrives."""
    return packet(target) in DROPPED


def passed_on(operation: Operation) -> Value:
    """What lowers an operation that passes on what arrives; of what is true or false, ids where it is looked up."""
    arriving, node = operation.valued(operation.first_read), operation.node
    if node.all_input_nodes[0].meta["val"].dtype == torch.bool and are_looked_up(node):
        return operation.layer("compare", arriving, batch=arriving.batch, operator="ne", value=0.0, dtype="int64")
    return operation.same(arriving)


def is_silent(target: Any) -> bool:
    """Whether ``target`` makes no layer: it passes on what arrives, or one of several results."""
    return target is operator.getitem or is_dropped(target)


@cache
def load_families() -> None:
    """Import the files of ``lower``, each of which registers its functions."""
    from verify.importers import lower

    for module in iter_modules(lower.__path__):
        import_module(f"{lower.__name__}.{module.name}")
