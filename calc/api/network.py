"""Reads the network argument of the public functions: a name, a file, a source of code, or a result."""

from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.model.graph import Graph
from calc.sources import load
from calc.spec import ModelSpec

Network = str | Path | ModelSpec | Graph | Analysis
"""The path or name of a spec, any source that ``load`` takes, a loaded spec, a graph, or an analysis."""


def analysed(network: Network) -> Analysis:
    """Return ``network`` if it is an analysis, and otherwise its analysis at fp32. Raises SpecError or OpError."""
    if isinstance(network, Analysis):
        return network
    return analyse(network if isinstance(network, (ModelSpec, Graph)) else load(network))
