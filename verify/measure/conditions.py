"""The conditions of a run that is counted, and the copy of a network that computes nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.nn.modules import transformer

_IS_CAUSAL = "_detect_is_causal_mask"
"""What PyTorch's encoders and decoders ask whether a mask is the causal one: it looks at its values."""


@contextmanager
def counting_conditions(network: nn.Module) -> Iterator[None]:
    """Evaluation mode, no gradients, one thread, no fused attention; as it was before afterwards.

    The fast path of multi-head attention and of encoder layers runs their products inside one op,
    and skips the modules that hold the weights. Whether a mask is the causal one is not asked of its values, which
    tensors without any have not: it is added to the scores all the same.
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
    """Whether a mask is the causal one by what the caller says alone."""
    return is_causal is True


def on_meta(network: nn.Module, layers: Mapping[str, nn.Module]) -> tuple[nn.Module, dict[str, nn.Module]]:
    """A copy of ``network`` on the meta device, and its copies of ``layers``.

    No weight is copied, and a Parameter that two modules share is still shared: ``Module.to('meta')``
    would break such ties.
    """
    copies: dict[int, Any] = {}
    for parameter in network.parameters():
        # without gradients: FlopCounterMode fails on a layer that returns a view of its own Parameter
        copies[id(parameter)] = nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
    for buffer in network.buffers():
        copies[id(buffer)] = torch.empty_like(buffer, device="meta")
    copy = deepcopy(network, copies)
    return copy, {name: copies[id(layer)] for name, layer in layers.items()}
