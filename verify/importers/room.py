"""Checks that two networks of one size can run together on this machine."""

import os

BYTES_A_PARAM = 20
"""Bytes per parameter: the weights in float32, and a copy in float64 for each of the two networks."""


def fits(params: int) -> bool:
    """Return whether a network with ``params`` parameters and its copy take at most half of the machine's memory."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # the system does not tell its memory
        return True
    return BYTES_A_PARAM * params <= memory // 2
