"""A liveness planner in which layers overwrite tensors that are not needed later.

An elementwise layer (an add, an activation, a norm with stored statistics) may write each element where it read one. A
depthwise convolution may write each channel where it read one, with room for one further channel. A layer reads eight
elements, which are whole bytes at any width, before it writes its own. So no byte is overwritten before it is read.
"""

from collections.abc import Iterator, Sequence

from calc.memory.lifetimes import Lifetimes
from calc.memory.overwrites import Overwrite
from calc.memory.plan import Plan, at_peak


def plan(lifetimes: Lifetimes, sizes: Sequence[int]) -> Plan:
    """Plan the memory. ``sizes`` has the bytes of the tensor that each node allocates."""
    beside = dict(_beside(lifetimes.overwrites, sizes))
    live = 0
    needed = []
    for index, (size, freed) in enumerate(zip(sizes, lifetimes.freed, strict=True)):
        needed.append(live + (beside[index][1] if index in beside else size))
        live += size - sum([sizes[made] for made in freed])
    return at_peak("in-place", needed, written_over={index: over for index, (over, _) in beside.items()})


def _beside(overwrites: Sequence[Overwrite], sizes: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the nodes that overwrite an allocation, with the further bytes that they need while they run."""
    done = set()
    for node, over, channels in overwrites:
        if node in done or sizes[node] > sizes[over]:
            continue
        if channels and (sizes[node] % channels or sizes[over] % channels):
            continue  # two channels share a byte
        done.add(node)
        yield node, (over, sizes[node] // channels if channels else 0)
