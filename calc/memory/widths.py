"""The bits and bytes in which the output of each layer is stored."""

from collections.abc import Sequence
from functools import reduce

from calc.memory.lifetimes import Lifetimes
from calc.recorded import maximum

UNQUANTISED_BITS = 32
"""The bits of a tensor that no layer with MACs writes or reads."""
INTEGER_BITS = 64
"""The bits of a token id, which is an int64. No policy makes it narrower."""


def storage_bits(
    lifetimes: Lifetimes,
    activation_bits: Sequence[int],
    others: int = UNQUANTISED_BITS,
    written: Sequence[int] | None = None,
) -> list[int]:
    """Return the bits in which the output of each node is stored: the widest at which a layer with MACs reads it.

    ``activation_bits`` has the bits at which each node reads its inputs, 0 for a node without MACs. Layers without MACs
    pass this requirement on to their inputs. An output that no layer with MACs reads has the activation bits of the
    layer with MACs that computed it, or otherwise the width of the inputs that it was computed from. If there is no
    such layer, it has ``others``. If it is known in how many bits each node writes, ``written`` has these bits and they
    are used instead.
    """
    reads = lifetimes.reads
    stored = [0] * len(reads) if written is None else [bits or others for bits in written]
    if written is None:
        _ask(lifetimes, activation_bits, others, stored)
    for index in lifetimes.integers:
        stored[index] = INTEGER_BITS
    return stored


def _ask(lifetimes: Lifetimes, activation_bits: Sequence[int], others: int, stored: list[int]) -> None:
    """Widen ``stored`` to the bits that the readers need."""
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
    """Return the bytes of the tensor that each node allocates, ⌈elements · bits / 8⌉."""
    return allocated_bytes(lifetimes, storage_bits(lifetimes, activation_bits, others, written))


def allocated_bytes(lifetimes: Lifetimes, bits: Sequence[int]) -> list[int]:
    """Return the bytes of the tensor that each node allocates, given the ``bits`` of each node's output."""
    return [(elements * width + 7) // 8 for elements, width in zip(lifetimes.elements, bits, strict=True)]
