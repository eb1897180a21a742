"""Converts networks of other float types to float32. Every import is traced, run and compared in float32."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def in_float32(network: nn.Module) -> tuple[str, ...]:
    """Convert ``network`` to float32 if a parameter has another precision, and return a remark that says so."""
    floats = {each.dtype for each in network.parameters() if each.is_floating_point()} - {torch.float32}
    if not floats:
        return ()
    network.float()
    shown = " and ".join(sorted([str(each).removeprefix("torch.") for each in floats]))
    return (f"Its parameters are {shown}, but it is imported in float32: the bits of its weights are those of --bits.",)


@contextmanager
def floats_by_default() -> Iterator[None]:
    """Restore the default float type at the end of the ``with`` block, whatever the code inside sets."""
    before = torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_default_dtype(before)
