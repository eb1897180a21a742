"""In how many bits each tensor that a layer puts out is stored, and in how many bytes."""

from collections.abc import Sequence
from functools import reduce

from calc.memory.lifetimes import Lifetimes
from calc.recorded import maximum

UNQUANTISED_BITS = 32
"""Bits of a tensor that no layer with MACs made or reads."""
INTEGER_BITS = 64
"""Bits of a token id, int64: no policy narrows what is looked up."""


def storage_bits(
    lifetimes: Lifetimes,
    activation_bits: Sequence[int],
    others: int = UNQUANTISED_BITS,
    written: Sequence[int] | None = None,
) -> list[int]:
    """The bits each node's output is stored in: the widest at which a layer with MACs reads it.

    ``activation_bits``: what each node reads its inputs at, 0 for a node without MACs.
    Layers without MACs hand on what is asked of them. What no layer with MACs reads has the activation
    bits of the layer with MACs that made it, or else the width of what was read to make it; what none made or reads
    has ``others``. Where it is known in how many bits each node writes, they are those ``written``.
    """
    reads = lifetimes.reads
    stored = [0] * len(reads) if written is None else [bits or others for bits in written]
    if written is None:
        _ask(lifetimes, activation_bits, others, stored)
    for index in lifetimes.integers:
        stored[index] = INTEGER_BITS
    return stored


def _ask(lifetimes: Lifetimes, activation_bits: Sequence[int], others: int, stored: list[int]) -> None:
    """Widen ``stored`` to what the readers ask for."""
    reads = lifetimes.reads
    wider = max if set(map(type, activation_bits)) == {int} else maximum
    for index in range(len(reads) - 1, 0, -1):
        asked = activation_bits[index] or stored[index]
        for source in reads[index]:
            stored[source] = wider(stored[source], asked)
    for index in lifetimes.unread:
        read = reduce(wider, [stored[source] for source in reads[index]]) if reads[index] else others
        stored[index] = activation_bits[index] or read


def storage_bytes(
    lifetimes: Lifetimes,
    activation_bits: Sequence[int],
    others: int = UNQUANTISED_BITS,
    written: Sequence[int] | None = None,
) -> list[int]:
    """The bytes of the tensor that each node allocates, ⌈elements · bits / 8⌉."""
    return allocated_bytes(lifetimes, storage_bits(lifetimes, activation_bits, others, written))


def allocated_bytes(lifetimes: Lifetimes, bits: Sequence[int]) -> list[int]:
    """The same where an element of each node's output has so many ``bits``."""
    return [(elements * width + 7) // 8 for elements, width in zip(lifetimes.elements, bits, strict=True)]
