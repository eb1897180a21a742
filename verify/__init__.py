"""Checks calc's numbers by running: it builds a network in PyTorch, measures it, quantises it and compares.

Names are imported when they are first used, so that a command line without PyTorch can report that it is missing.
"""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.build import Network, build
    from verify.measure import Measured, measure
    from verify.verification import Verification, verify

__all__ = ["Measured", "Network", "Verification", "build", "measure", "verify"]

__getattr__ = lazily(
    __name__,
    {
        "Measured": "measure",
        "Network": "build",
        "Verification": "verification",
        "build": "build",
        "measure": "measure",
        "verify": "verification",
    },
)
