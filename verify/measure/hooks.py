"""Watches a forward pass through hooks around every module call, to know which layer is running."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook


class Watcher(Protocol):
    """An object that is told when a layer starts and ends. Layers may nest by calling one another."""

    def enter(self, layer: str) -> None: ...

    def leave(self, layer: str, output: Any) -> None: ...


@contextmanager
def watched(layers: Mapping[str, nn.Module], watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` about every call of a module in ``layers`` inside the ``with`` block.

    The hooks are global, so that they enclose the module's own hooks. ``always_call`` keeps enter and leave in pairs if
    a forward raises and its caller catches the exception.
    """
    names = {module: name for name, module in layers.items()}

    def enter(module: nn.Module, _arguments: Any) -> None:
        if module in names:
            watcher.enter(names[module])

    def leave(module: nn.Module, _arguments: Any, output: Any) -> None:
        if module in names:
            watcher.leave(names[module], output)

    handles = (register_module_forward_pre_hook(enter), register_module_forward_hook(leave, always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class Shapes:
    """A watcher that counts the runs of each layer and notes the shape of its first output tensor.

    It keeps no tensors, because a later layer could change them in place.
    """

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        self.calls = dict.fromkeys(layers, 0)
        self.output_shape: dict[str, tuple[int, ...] | None] = dict.fromkeys(layers)

    def enter(self, layer: str) -> None:
        self.calls[layer] += 1

    def leave(self, layer: str, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        self.output_shape[layer] = tuple(first.shape) if isinstance(first, torch.Tensor) else None


class Ticker:
    """A watcher that calls ``done`` with 1 at the end of every layer."""

    def __init__(self, done: Callable[[int], object]) -> None:
        self._done = done

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        self._done(1)
