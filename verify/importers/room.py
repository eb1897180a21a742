"""Whether two networks of one size can run side by side on this machine."""

import os

BYTES_A_PARAM = 20
"""Bytes per parameter: the weights in float32, and a copy in float64 for each of the two networks."""


def fits(params: int) -> bool:
    """Whether a network with ``params`` parameters and its copy take at most half of the machine's memory."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # a system that does not say
        return True
    return BYTES_A_PARAM * params <= memory // 2
