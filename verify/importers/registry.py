"""Maps each ATen operation to the function that lowers it. Each family has a file in ``lower``."""

import operator
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import torch

from calc.importing import Value
from verify.importers.chosen_by import is_only_chosen_by
from verify.importers.ids import are_looked_up
from verify.importers.operation import Operation
from verify.importers.packets import is_dropped, packet

Lower = Callable[[Operation], Any]
Family = TypeVar("Family", bound=Lower)

_LOWERS: dict[str, Lower] = {}

NEAR = {
    "aten.outer.default": "einsum of two vectors",
    "aten.tensordot.default": "einsum of the same axes",
    "torchvision.roi_align.default": "roi_align with as many boxes in every sample, as torchvision's detectors use it",
    "aten.argmax.default": "topk with k=1, which has the value and not its position",
    "aten.argmin.default": "topk with k=1 and largest=false, which has the value and not its position",
    "aten.cdist.default": "matmul, which has the products in |x|² − 2xy + |y|²",
    "aten.one_hot.default": "embedding with a fixed table",
    "aten.sort.default": "topk of all elements, without their positions",
    "aten.stft.default": "conv1d, with the window times sines and cosines as kernels",
    "aten.nonzero.default": "nothing: its size depends on the values",
}
"""Hints for operations that calc does not have: how to write them with other ops."""


def lowers(*names: str) -> Callable[[Family], Family]:
    """Register a function for the operations ``names``: ``conv2d`` with all overloads, or only ``add.Tensor``."""

    def register(function: Family) -> Family:
        for name in names:
            assert name not in _LOWERS, f"two functions lower {name}"
            _LOWERS[name] = function
        return function

    return register


def lower_of(target: Any) -> Lower | None:
    """Return the function that lowers the operation ``target`` or its in-place form; None if there is none."""
    load_families()
    name = packet(target)
    overload = str(target).removeprefix("aten.").removeprefix(f"{name}.")  # for another library, all after its name
    plain = name.removesuffix("_")
    for each in (f"{name}.{overload}", name, f"{plain}.{overload}", plain):
        if each in _LOWERS:
            return _LOWERS[each]
    return None


def passed_on(operation: Operation) -> Value:
    """Lower an operation that returns its input. Booleans become integers for a look-up, and numbers booleans."""
    arriving, node = operation.valued(operation.first_read), operation.node
    before, after = [each.meta["val"].dtype for each in (node.all_input_nodes[0], node)]
    if before == torch.bool and are_looked_up(node):
        return operation.layer("compare", arriving, batch=arriving.batch, operator="ne", value=0.0, dtype="int64")
    if after == torch.bool != before and not (before.is_floating_point and is_only_chosen_by(node)):
        return operation.layer("compare", arriving, batch=arriving.batch, operator="ne", value=0.0)
    return operation.same(arriving)


def is_silent(target: Any) -> bool:
    """Return whether ``target`` makes no layer, because it returns its input or one of several results."""
    return target is operator.getitem or is_dropped(target)


@cache
def load_families() -> None:
    """Import the files of ``lower``, each of which registers its functions."""
    from verify.importers import lower

    for module in iter_modules(lower.__path__):
        import_module(f"{lower.__name__}.{module.name}")
