"""A function of tensors as a network, imported and proved: the words of its layers."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from tests.verify.importers.modules import layers, lowered_of
from tests.verify.importers.proving import held_against, said


class Net(nn.Module):
    """Calls ``function`` on itself and the inputs; ``tensors`` are parameters, except those in ``buffers``."""

    def __init__(
        self, function: Callable[..., Any], tensors: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor],
        net: nn.Module | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.net = net
        self.function = function
        for name, tensor in tensors.items():
            self.register_parameter(name, nn.Parameter(tensor))
        for name, tensor in buffers.items():
            self.register_buffer(name, tensor, persistent=not name.startswith("unsaved"))

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(self, x)


def words(
    function: Callable[..., Any], x: tuple[int, ...], buffers: dict[str, torch.Tensor] | None = None,
    **tensors: torch.Tensor,
) -> str:  # fmt: skip
    """The words of the layers that ``function`` becomes for an input ``x`` without batch; the import is proved."""
    return words_of(Net(function, tensors, buffers or {}), x)


def words_of(module: nn.Module, x: tuple[int, ...]) -> str:
    """The words of the layers of ``module``; the import is proved."""
    found = lowered_of(module if isinstance(module, Net) else Net(lambda self, x: self.net(x), {}, {}, module), x=x)
    wrong = said(held_against(found))
    assert not wrong, wrong
    return " ".join(word for _, word in layers(found.imported.graph))
