"""How much memory a network's activations take: lifetimes of tensors, their bytes, and planners that add them up."""

from calc.memory.lifetimes import Lifetimes, lifetimes_of
from calc.memory.liveness import peak_bytes
from calc.memory.widths import INTEGER_BITS, UNQUANTISED_BITS, storage_bits, storage_bytes

__all__ = [
    "INTEGER_BITS",
    "UNQUANTISED_BITS",
    "Lifetimes",
    "lifetimes_of",
    "peak_bytes",
    "storage_bits",
    "storage_bytes",
]
