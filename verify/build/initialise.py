"""Skips initialisers, because filling a hundred million weights that are overwritten takes seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_FILLS = frozenset({torch.Tensor.uniform_, torch.Tensor.erfinv_})

_FRESH = 2**24
"""Tensors with more elements are not zeroed: the system gives zeroed memory, which takes no space until a write."""


class _SkipFills(TorchFunctionMode):
    """Leaves tensors unchanged when code would fill them at random."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.Tensor.normal_:
            # trunc_normal_ draws until every value is in range, so a tensor must hold zeros; large ones do already
            return args[0] if args[0].numel() > _FRESH else args[0].zero_()
        if func in _FILLS or getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


@contextmanager
def skipping_initialisers(skip: bool) -> Iterator[None]:
    """Do not fill tensors with random numbers inside the ``with`` block, if ``skip``."""
    if not skip:
        yield
        return
    with _SkipFills():
        yield
