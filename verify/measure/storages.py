"""Measures the memory of layer outputs while a network runs, from the storages that torch makes and frees."""

from collections.abc import Collection, Iterable
from itertools import compress
from typing import Any

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef


class Storages:
    """A watcher that sums the bytes of the storages of all outputs that are still in use.

    A view has the storage of its source, so it adds nothing. A storage counts with the bytes of the first output in it,
    because a layer may return only a part of what it allocates. Parameters and buffers of ``network`` do not count, and
    neither do the states that ``keepers``, layers by name, keep from call to call. ``inputs`` count from the start.

    ``peak_bytes`` is the largest sum.
    """

    def __init__(
        self, network: nn.Module, inputs: Iterable[torch.Tensor | None], keepers: Collection[str] = ()
    ) -> None:
        self.peak_bytes = 0
        held = [*network.parameters(), *network.buffers()]
        self._held = {tensor.untyped_storage().data_ptr() for tensor in held}
        self._keepers = keepers
        self._alive: list[tuple[StorageWeakRef, int, int]] = []
        for tensor in inputs:
            self._add(tensor)

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        if layer in self._keepers and isinstance(output, torch.Tensor):
            self._held.add(output.untyped_storage().data_ptr())
        self._add(output)

    def _add(self, tensor: Any) -> None:
        if not isinstance(tensor, torch.Tensor):
            return
        storage = tensor.untyped_storage()
        alive = [not weak.expired() for weak, _, _ in self._alive]  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._alive = list(compress(self._alive, alive))
        if storage.data_ptr() not in self._held and all(storage.data_ptr() != each[1] for each in self._alive):
            weak = StorageWeakRef(storage)  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self._alive.append((weak, storage.data_ptr(), tensor.numel() * tensor.element_size()))
        self.peak_bytes = max(self.peak_bytes, sum(size for _, _, size in self._alive))
