"""Converts the result of a forward for torch.export: containers that it does not know become mappings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import SUPPORTED_NODES, tree_flatten, tree_leaves, tree_unflatten

_TAKEN = (
    torch.Tensor, torch.SymInt, torch.SymFloat, torch.SymBool, torch.dtype, torch.device, int, float, complex, str,
    bytes, type(None),
)  # fmt: skip
"""What torch.export takes as a result besides containers."""


@contextmanager
def plain_outputs(module: nn.Module) -> Iterator[set[str]]:
    """Make the forward of ``module`` return only what torch.export takes inside the ``with`` block.

    A dataclass becomes a mapping by field. Another object that is neither a tensor nor a container of tensors becomes
    None, such as the cache of a language model. Yields the set of the classes of these objects, which it fills.
    """
    forward = module.forward
    own = "forward" in vars(module)
    left_out: set[str] = set()

    @wraps(forward)
    def returning(*args: Any, **kwargs: Any) -> Any:
        found = as_mappings(forward(*args, **kwargs))
        leaves, containers = tree_flatten(found)
        others = [type(leaf).__name__ for leaf in leaves if not isinstance(leaf, _TAKEN)]
        left_out.update(others)
        if not others:
            return found
        return tree_unflatten([leaf if isinstance(leaf, _TAKEN) else None for leaf in leaves], containers)

    module.forward = returning  # restored below
    try:
        yield left_out
    finally:
        if own:
            module.forward = forward
        else:
            del module.forward


def as_mappings(found: Any) -> Any:
    """Return ``found``, with each dataclass that torch does not know as a container replaced by a mapping by field."""
    if is_dataclass(found) and not isinstance(found, type) and type(found) not in SUPPORTED_NODES:
        return {each.name: as_mappings(getattr(found, each.name)) for each in fields(found)}
    if type(found) in (list, tuple):
        return type(found)(as_mappings(each) for each in found)
    if type(found) is dict:
        return {key: as_mappings(each) for key, each in found.items()}
    return found


def tensors_in(outputs: Any) -> list[torch.Tensor]:
    """Return the tensors in the result of a network, in the order of torch.export."""
    return [leaf for leaf in tree_leaves(as_mappings(outputs)) if isinstance(leaf, torch.Tensor)]
