"""Small networks for the tests of measuring."""

from collections.abc import Callable

import torch
from torch import nn

from verify.measure import MeasuredRow, measure


class Calls(nn.Module):
    """A layer that calls ``function``."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def measure_layer(layer: nn.Module, *shape: int) -> MeasuredRow:
    """The row of a network that is this one layer, on an input of ``shape``, batch first."""
    network = nn.Sequential(layer)
    return measure(network, {"layer": layer}, torch.ones(shape)).rows["layer"]


def measure_function(function: Callable[..., torch.Tensor], *shape: int) -> MeasuredRow:
    """The row of a network that calls ``function`` on one input of ``shape``."""
    return measure_layer(Calls(function), *shape)


def leaves(network: nn.Module, prefix: str = "") -> dict[str, nn.Module]:
    """Every module without submodules, and attention, which uses its ``out_proj`` without calling it."""
    found: dict[str, nn.Module] = {}
    for name, module in network.named_children():
        if isinstance(module, nn.MultiheadAttention) or not list(module.children()):
            found[prefix + name] = module
        else:
            found |= leaves(module, f"{prefix}{name}.")
    return found
