"""What a function takes as a network: its name, its file, where its code is, or what was already made of it."""

from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.model.graph import Graph
from calc.sources import load
from calc.spec import ModelSpec

Network = str | Path | ModelSpec | Graph | Analysis
"""A spec's path or name or any source that ``load`` takes, a loaded spec, a graph, or an analysis."""


def analysed(network: Network) -> Analysis:
    """The analysis of ``network``, as it stands and at fp32 unless it is one already. Raises SpecError or OpError."""
    if isinstance(network, Analysis):
        return network
    return analyse(network if isinstance(network, (ModelSpec, Graph)) else load(network))
