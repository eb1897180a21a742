"""The error for a run that cannot be counted."""

import torch


class MeasureError(Exception):
    """A run that cannot be counted.

    ``layer`` is the layer that was running, or empty for the whole network.
    """

    def __init__(self, fact: str, layer: str = "") -> None:
        super().__init__(f"{layer}: {fact}" if layer else fact)
        self.fact = fact
        self.layer = layer


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Return whether ``error`` says that memory could not be allocated.

    On the CPU torch has no exception type for it.
    """
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
