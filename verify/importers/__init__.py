"""Imports PyTorch code: a source is loaded, traced by torch.export and converted into a Graph, op by op.

Names are imported when they are first used, so that a command line without PyTorch can report that it is missing.
"""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.importers.load import Loaded, load_source
    from verify.importers.lowering import Lowered, lowered
    from verify.importers.main import imported
    from verify.importers.trace import Traced, traced

__all__ = ["Loaded", "Lowered", "Traced", "imported", "load_source", "lowered", "traced"]

__getattr__ = lazily(
    __name__,
    {
        "Loaded": "load",
        "Lowered": "lowering",
        "Traced": "trace",
        "imported": "main",
        "load_source": "load",
        "lowered": "lowering",
        "traced": "trace",
    },
)
