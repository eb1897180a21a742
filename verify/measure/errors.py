"""What measuring refuses."""

import torch


class MeasureError(Exception):
    """A run that cannot be counted.

    ``layer`` is the layer that was running, empty where the fact concerns the whole network.
    """

    def __init__(self, fact: str, layer: str = "") -> None:
        super().__init__(f"{layer}: {fact}" if layer else fact)
        self.fact = fact
        self.layer = layer


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch says that it could not allocate; on the CPU by no type of its own."""
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
