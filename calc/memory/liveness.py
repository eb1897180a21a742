"""Computes the largest sum of live tensors, in the order of execution. It is the minimum if no layer works in place."""

from collections.abc import Sequence

from calc.memory.lifetimes import Lifetimes
from calc.memory.plan import Plan, at_peak
from calc.recorded import largest


def plan(lifetimes: Lifetimes, sizes: Sequence[int]) -> Plan:
    """Plan the memory. ``sizes`` has the bytes of the tensor that each node allocates.

    While a node runs, its inputs, its output and everything that is needed later are alive.
    """
    return at_peak("liveness", live_bytes(lifetimes, sizes))


def peak_bytes(lifetimes: Lifetimes, sizes: Sequence[int]) -> int:
    """Return the largest sum of live tensors in bytes."""
    return largest(live_bytes(lifetimes, sizes))


def live_bytes(lifetimes: Lifetimes, sizes: Sequence[int]) -> list[int]:
    """Return the sum of the live tensors in bytes while each node runs."""
    live = 0
    found = []
    for size, freed in zip(sizes, lifetimes.freed, strict=True):
        live += size
        found.append(live)
        for index in freed:
            live -= sizes[index]
    return found
