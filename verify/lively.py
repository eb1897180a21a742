"""Makes seeded weights with which a difference in any layer changes the output of a deep network.

PyTorch's own initial weights prove little: a head of zeros makes every output 0, and a layer scale of 1e-6 hides a
whole block.
"""

import math
from collections import OrderedDict

import torch

SPREAD = 1e-3
"""The least standard deviation of an output that can tell two networks apart."""


def lively(state: dict[str, torch.Tensor], seed: int = 0) -> dict[str, torch.Tensor]:
    """Return new values for the weights and statistics of a state dict, by key.

    Weights are normal with deviation 1.4 / √fan_in. Scales, with one number per channel, are uniform in 0.8–1.2, biases
    and means in ±0.2, and variances in 0.75–1.25. Integer tensors and coordinate tables keep their values. A tensor
    with several keys is filled once.
    """
    generator = torch.Generator().manual_seed(seed)
    filled: OrderedDict[str, torch.Tensor] = OrderedDict()
    first: dict[tuple[int, torch.Size], str] = {}
    for key, tensor in sorted(state.items()):
        known = first.setdefault((tensor.data_ptr(), tensor.shape), key) if tensor.data_ptr() else key
        filled[key] = _fill(key, tensor, generator) if known == key else filled[known]
    # torch keeps the versions of modules in an attribute of a state dict, which mnasnet requires
    filled._metadata = getattr(state, "_metadata", {})  # type: ignore[attr-defined]  # as torch does
    return filled


def _fill(key: str, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    last = key.rpartition(".")[2]
    if not tensor.is_floating_point() or "coords" in last:
        return tensor
    sizes = tensor.shape
    if last == "running_var":
        return _uniform(sizes, 0.75, 1.25, generator)
    if last == "running_mean" or "bias" in last.split("_"):
        return _uniform(sizes, -0.2, 0.2, generator)
    if tensor.numel() == max(sizes, default=1):
        return _uniform(sizes, 0.8, 1.2, generator)
    fan_in = tensor.numel() // sizes[0] if sizes[0] > 1 else 8
    return torch.randn(sizes, generator=generator).mul_(1.4 / math.sqrt(fan_in))


def _uniform(sizes: torch.Size, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    filled: torch.Tensor = torch.empty(sizes).uniform_(low, high, generator=generator)
    return filled
