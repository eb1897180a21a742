"""Finds the operands of a run that are weights: parameters, and tensors computed only from constants."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves


class Origins:
    """Follows every op of a run, and knows whether a product multiplies with a weight.

    Tensors are identified by storage, because a view has the storage of its source. The storages of constant tensors
    are held, so that none is reused for another tensor during the run. The result of a layer's own product, such as the
    queries of an attention, is an activation for its later products, even if its factors are constant.
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        modules = list(modules)
        self._parameters = {_storage(tensor) for module in modules for tensor in module.parameters()}
        buffers = [tensor.untyped_storage() for module in modules for tensor in module.buffers()]
        self._constant = {storage._cdata: storage for storage in buffers}
        self._multiplied: set[int] = set()

    def next_layer(self) -> None:
        """Begin another layer."""
        self._multiplied.clear()

    def follow(self, arguments: Any, output: Any, product: bool = False) -> None:
        """Note whether ``output``, one tensor or several, depends only on constants."""
        sources = _tensors(arguments)
        constant = all(map(self._is_constant, sources))  # also true without tensors, as for positions and zeros
        multiplied = product or any(_storage(tensor) in self._multiplied for tensor in sources)
        for tensor in _tensors(output):
            storage = tensor.untyped_storage()
            if constant:
                self._constant[storage._cdata] = storage
                if multiplied:
                    self._multiplied.add(storage._cdata)
            elif any(tensor is source for source in sources):  # an in-place op has written data to it
                self._constant.pop(storage._cdata, None)

    def multiplies_weight(self, operands: Sequence[torch.Tensor]) -> bool:
        """Return whether one of ``operands`` is a parameter, or some but not all are computed only from constants."""
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
