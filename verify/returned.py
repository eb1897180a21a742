"""Converts the result of a forward for torch.export: containers that it does not know become mappings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import SUPPORTED_NODES, tree_leaves


@contextmanager
def plain_outputs(module: nn.Module) -> Iterator[None]:
    """Make the forward of ``module`` return mappings by field instead of dataclasses inside the ``with`` block."""
    forward = module.forward
    own = "forward" in vars(module)

    @wraps(forward)
    def returning(*args: Any, **kwargs: Any) -> Any:
        return as_mappings(forward(*args, **kwargs))

    module.forward = returning  # restored below
    try:
        yield
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
