"""Sets the conditions of a counted run, and copies a network to the meta device, where nothing is computed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.nn.modules import transformer

_IS_CAUSAL = "_detect_is_causal_mask"
"""The function of PyTorch that checks by its values whether a mask is causal, for encoders and decoders."""


@contextmanager
def counting_conditions(network: nn.Module) -> Iterator[None]:
    """Use evaluation mode, no gradients, one thread and no fused attention inside the ``with`` block.

    The fast path of multi-head attention and of encoder layers runs their products inside one op, and skips the modules
    that hold the weights. Masks are not checked for being causal, because tensors on meta have no values; a mask is
    added to the scores either way.
    """
    training = {module: module.training for module in network.modules()}
    threads = torch.get_num_threads()
    fast_path = torch.backends.mha.get_fastpath_enabled()
    detect = getattr(transformer, _IS_CAUSAL, None)
    network.eval()
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    if detect is not None:
        setattr(transformer, _IS_CAUSAL, _as_told)
    try:
        with torch.no_grad():
            yield
    finally:
        if detect is not None:
            setattr(transformer, _IS_CAUSAL, detect)
        torch.backends.mha.set_fastpath_enabled(fast_path)
        torch.set_num_threads(threads)
        for module, mode in training.items():
            module.training = mode


def _as_told(_mask: Any, is_causal: bool | None = None, _size: int | None = None) -> bool:
    """Return whether a mask is causal, by the caller's argument only."""
    return is_causal is True


def on_meta(network: nn.Module, layers: Mapping[str, nn.Module]) -> tuple[nn.Module, dict[str, nn.Module]]:
    """Return a copy of ``network`` on the meta device, and the copies of ``layers``.

    No weight is copied. A Parameter that two modules share is shared in the copy too, unlike after
    ``Module.to('meta')``.
    """
    copies: dict[int, Any] = {}
    for parameter in network.parameters():
        # without gradients, because FlopCounterMode fails if a layer returns a view of its own Parameter
        copies[id(parameter)] = nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
    for buffer in network.buffers():
        copies[id(buffer)] = torch.empty_like(buffer, device="meta")
    copy = deepcopy(network, copies)
    return copy, {name: copies[id(layer)] for name, layer in layers.items()}
