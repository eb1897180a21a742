"""The same numbers by running: build a spec's network in PyTorch, measure it, quantise it, compare.

Names are imported when first used, so that a command line without torch can say so.
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
