"""Whether two networks of one size can be run side by side on this machine."""

import os

BYTES_A_PARAM = 20
"""The weights drawn in float32, and for each of the two networks a copy in float64."""


def fits(params: int) -> bool:
    """Whether a network of so many ``params`` and its copy take at most half of the memory that the machine has."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # a system that does not say
        return True
    return BYTES_A_PARAM * params <= memory // 2
