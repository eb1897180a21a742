"""The largest sum of tensors alive at once, in execution order: whoever writes nothing in place needs at least that."""

from collections.abc import Sequence

from calc.memory.lifetimes import Lifetimes
from calc.memory.plan import Plan, at_peak
from calc.recorded import largest


def plan(lifetimes: Lifetimes, sizes: Sequence[int]) -> Plan:
    """``sizes``: the bytes of the tensor that each node allocates.

    While a node runs, its inputs, its output and all that is needed later are alive.
    """
    return at_peak("liveness", live_bytes(lifetimes, sizes))


def peak_bytes(lifetimes: Lifetimes, sizes: Sequence[int]) -> int:
    """The bytes of the plan."""
    return largest(live_bytes(lifetimes, sizes))


def live_bytes(lifetimes: Lifetimes, sizes: Sequence[int]) -> list[int]:
    """The sum of the live tensors while each node runs."""
    live = 0
    found = []
    for size, freed in zip(sizes, lifetimes.freed, strict=True):
        live += size
        found.append(live)
        for index in freed:
            live -= sizes[index]
    return found
