"""Which operands of a run are weights: parameters, and what is made of parameters, buffers and known values alone."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves


class Origins:
    """Told of every op of a run, knows whether a product multiplies with a weight.

    A view has the storage of what it views, so tensors are told apart by storage; those of constant tensors
    are held, so that none is used again for another tensor while the run goes on. What a layer itself
    multiplies (the queries of an attention) is an activation to its later products, be its factors constant or not.
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        modules = list(modules)
        self._parameters = {_storage(tensor) for module in modules for tensor in module.parameters()}
        buffers = [tensor.untyped_storage() for module in modules for tensor in module.buffers()]
        self._constant = {storage._cdata: storage for storage in buffers}
        self._multiplied: set[int] = set()

    def next_layer(self) -> None:
        """Another layer runs from here on."""
        self._multiplied.clear()

    def follow(self, arguments: Any, output: Any, product: bool = False) -> None:
        """Note where ``output``, a tensor or several, comes from."""
        sources = _tensors(arguments)
        constant = all(map(self._is_constant, sources))  # of no tensors too: positions, zeros
        multiplied = product or any(_storage(tensor) in self._multiplied for tensor in sources)
        for tensor in _tensors(output):
            storage = tensor.untyped_storage()
            if constant:
                self._constant[storage._cdata] = storage
                if multiplied:
                    self._multiplied.add(storage._cdata)
            elif any(tensor is source for source in sources):  # an op in place has made it data
                self._constant.pop(storage._cdata, None)

    def multiplies_weight(self, operands: Sequence[torch.Tensor]) -> bool:
        """Whether one of ``operands`` is a parameter, or some but not all are made of parameters alone."""
        if any(_storage(tensor) in self._parameters for tensor in operands):
            return True
        weights = [self._is_constant(each) and _storage(each) not in self._multiplied for each in operands]
        return any(weights) and not all(weights)

    def _is_constant(self, tensor: torch.Tensor) -> bool:
        storage = _storage(tensor)
        return storage in self._parameters or storage in self._constant


def _storage(tensor: torch.Tensor) -> int:
    storage: int = tensor.untyped_storage()._cdata
    return storage


def _tensors(values: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, torch.Tensor)]
