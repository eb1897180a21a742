"""Networks that are made in other floats than float32, in which every import is traced, run and compared."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def in_float32(network: nn.Module) -> tuple[str, ...]:
    """Bring ``network`` to float32 where a parameter has another precision, and a remark that says so."""
    floats = {each.dtype for each in network.parameters() if each.is_floating_point()} - {torch.float32}
    if not floats:
        return ()
    network.float()
    shown = " and ".join(sorted([str(each).removeprefix("torch.") for each in floats]))
    return (f"Its parameters are {shown}, and it is imported in float32: its weights have the bits that --bits says.",)


@contextmanager
def floats_by_default() -> Iterator[None]:
    """After it tensors are made in the precision that they were made in before, whatever code within it sets."""
    before = torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_default_dtype(before)
