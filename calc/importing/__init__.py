"""The parts that all importers share. They turn a network from elsewhere into a Graph with the same names and shapes.

An importer reads the foreign network, converts its sizes to those of one sample (``value``), and adds layers to a
``Draft``, which collects all problems. This package knows neither PyTorch nor ONNX.
"""

from calc.importing.draft import Draft
from calc.importing.imported import Imported
from calc.importing.proof import Proof
from calc.importing.value import BatchAxis, Value, batch_axis, own_dim

__all__ = ["BatchAxis", "Draft", "Imported", "Proof", "Value", "batch_axis", "own_dim"]
