"""In how many bits each tensor that a layer puts out is stored, and in how many bytes."""

from collections.abc import Sequence

from calc.memory.lifetimes import Lifetimes

UNQUANTISED_BITS = 32
"""Bits of a tensor that no layer with MACs made or reads."""
INTEGER_BITS = 64
"""Bits of a token id, int64: no policy narrows what is looked up."""


def storage_bits(lifetimes: Lifetimes, activation_bits: Sequence[int]) -> list[int]:
    """The bits each node's output is stored in: the widest at which a layer with MACs reads it.

    ``activation_bits``: what each node reads its inputs at, 0 for a node without MACs.
    Layers without MACs hand on what is asked of them. What no layer with MACs reads has the activation
    bits of the layer with MACs that made it, or else the width of what was read to make it.
    """
    reads = lifetimes.reads
    stored = [0] * len(reads)
    for index in range(len(reads) - 1, 0, -1):
        asked = activation_bits[index] or stored[index]
        for source in reads[index]:
            if stored[source] < asked:
                stored[source] = asked
    for index in lifetimes.unread:
        read = max([stored[source] for source in reads[index]], default=UNQUANTISED_BITS)
        stored[index] = activation_bits[index] or read
    for index in lifetimes.integers:
        stored[index] = INTEGER_BITS
    return stored


def storage_bytes(lifetimes: Lifetimes, activation_bits: Sequence[int]) -> list[int]:
    """The bytes of the tensor that each node allocates, ⌈elements · bits / 8⌉."""
    bits = storage_bits(lifetimes, activation_bits)
    return [(elements * width + 7) // 8 for elements, width in zip(lifetimes.elements, bits, strict=True)]
