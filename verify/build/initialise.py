"""Building without initial values: filling a hundred million weights that are overwritten takes seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_FILLS = frozenset({torch.Tensor.uniform_, torch.Tensor.erfinv_})

_FRESH = 2**24
"""Elements above which memory comes fresh from the system; not touched, so a network may be larger than memory."""


class _SkipFills(TorchFunctionMode):
    """Leaves a tensor as it is where it would be filled at random."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.Tensor.normal_:
            # trunc_normal_ draws again until every value is in range; what is large is fresh memory, all zeros
            return args[0] if args[0].numel() > _FRESH else args[0].zero_()
        if func in _FILLS or getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


@contextmanager
def skipping_initialisers(skip: bool) -> Iterator[None]:
    """Within it, if ``skip``, tensors are not filled with random numbers."""
    if not skip:
        yield
        return
    with _SkipFills():
        yield
