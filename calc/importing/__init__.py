"""What every importer shares: a network that comes from elsewhere becomes a Graph, its names and its shapes kept.

An importer reads the foreign network, maps the foreign sizes to those of one sample (``value``), and adds layers to a
``Draft``, which collects everything that is wrong. Nothing here knows PyTorch or ONNX.
"""

from calc.importing.draft import Draft
from calc.importing.imported import Imported
from calc.importing.proof import Proof
from calc.importing.value import BatchAxis, Value, batch_axis, own_dim

__all__ = ["BatchAxis", "Draft", "Imported", "Proof", "Value", "batch_axis", "own_dim"]
