"""The same numbers by running: build a spec's network in PyTorch, measure it, quantise it, compare.

Names are imported when first used, so that a command line without torch can say so.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.build import Network, build
    from verify.measure import Measured, measure
    from verify.verification import Verification, verify

__all__ = ["Measured", "Network", "Verification", "build", "measure", "verify"]

_HOMES = {
    "Measured": "verify.measure",
    "Network": "verify.build",
    "Verification": "verify.verification",
    "build": "verify.build",
    "measure": "verify.measure",
    "verify": "verify.verification",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
