"""Peak activation memory: the largest set of tensors alive at once, in execution order."""

from collections.abc import Sequence

from calc.memory.lifetimes import Lifetimes


def peak_bytes(lifetimes: Lifetimes, sizes: Sequence[int]) -> int:
    """The largest sum of live tensors, of which each node allocates as many bytes as ``sizes`` says.

    While a node runs, its inputs, its output and all that is needed later are alive.
    """
    live = peak = 0
    for size, freed in zip(sizes, lifetimes.freed, strict=True):
        live += size
        if live > peak:
            peak = live
        for index in freed:
            live -= sizes[index]
    return peak
