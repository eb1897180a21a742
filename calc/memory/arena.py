"""The greedy planner of TensorFlow Lite for Microcontrollers: one block of memory with a fixed place for each tensor.

A tensor occupies its place from the layer that computes it to the last layer that reads it. The largest tensor is
placed first, and among equal ones the one that is computed last. Each gets the lowest free place among the tensors that
are alive at the same time.
"""

from bisect import insort
from collections.abc import Sequence

from calc.memory.lifetimes import Lifetimes
from calc.memory.liveness import live_bytes
from calc.memory.plan import Plan, at_peak, last_needed

ALIGNMENT = 16
"""The alignment in bytes.

The place of a tensor begins at a multiple of it, and its size is rounded up to a multiple.
"""


def plan(lifetimes: Lifetimes, sizes: Sequence[int]) -> Plan:
    """Plan the memory. ``sizes`` has the bytes of the tensor that each node allocates.

    A layer needs the memory up to the highest end of its live tensors. The peak is at a layer that needs all of the
    memory; if there are several, it is the one with the most live bytes.
    """
    lasts = last_needed(lifetimes)
    blocks = {made: -(-sizes[made] // ALIGNMENT) * ALIGNMENT for made in lasts}
    offsets: dict[int, int] = {}
    placed: list[tuple[int, int, int, int]] = []  # offset, end, first and last node, by offset
    for made in sorted(blocks, key=lambda made: (-blocks[made], -made)):
        last = lasts[made]
        meanwhile = [(start, end) for start, end, first, until in placed if first <= last and made <= until]
        offsets[made] = offset = first_gap(meanwhile, blocks[made])
        insort(placed, (offset, offset + blocks[made], made, last))
    needed = [0] * len(sizes)
    for made, offset in offsets.items():
        end = offset + blocks[made]
        for index in range(made, lasts[made] + 1):
            needed[index] = max(needed[index], end)
    found = at_peak("arena", needed, offsets=offsets)
    live = live_bytes(lifetimes, sizes)
    return found._replace(layer=max([at for at, top in enumerate(needed) if top == found.bytes], key=live.__getitem__))


def first_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Return the lowest offset with ``size`` free bytes between the ranges ``taken``, which are sorted by start."""
    offset = 0
    for start, end in taken:
        if start - offset >= size:
            break
        offset = max(offset, end)
    return offset
