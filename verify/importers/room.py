"""Checks that networks can run on this machine."""

import os

BYTES_A_PARAM = 20
"""Bytes per parameter: the weights in float32, and a copy in float64 for each of the two networks."""


def fits(params: int) -> bool:
    """Return whether a network with ``params`` parameters and its copy take at most half of the machine's memory."""
    return fits_in_half(BYTES_A_PARAM * params)


def fits_in_half(size_bytes: int) -> bool:
    """Return whether half of the machine's memory is ``size_bytes`` or more; true if its memory is not known."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # the system does not tell its memory
        return True
    return size_bytes <= memory // 2
