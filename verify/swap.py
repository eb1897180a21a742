"""Runs a module with other tensors in place of its own."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


def run_with(module: nn.Module, tensors: Mapping[str, torch.Tensor], *args: Any, **kwargs: Any) -> Any:
    """Run ``module(*args, **kwargs)`` with ``tensors`` in place of the parameters and buffers of these names.

    A tensor that several modules share is replaced in all of them, and all are restored at the end. Unlike
    ``torch.func.functional_call``, this works if a layer has the name of another attribute of its module, such as
    ``half`` or MnasNet's ``layers``. Raises KeyError for a name that ``module`` does not have.
    """
    own = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers(remove_duplicate=False))
    given = {id(own[name]): tensor for name, tensor in tensors.items()}
    places: list[tuple[dict[str, Any], str, torch.Tensor]] = [
        (held, name, tensor)
        for each in module.modules()
        for held in (each._parameters, each._buffers)
        for name, tensor in held.items()
        if tensor is not None and id(tensor) in given
    ]
    try:
        for held, name, tensor in places:
            held[name] = given[id(tensor)]
        return module(*args, **kwargs)
    finally:
        for held, name, tensor in places:
            held[name] = tensor
