"""Loads a source as the network with which a spec is compared."""

from calc.model.graph import Graph
from calc.sources import Source
from verify.importers.load import load_source
from verify.reference import Reference


def loaded_reference(source: Source, graph: Graph) -> Reference:
    """Create the network of ``source`` for the input sizes of ``graph``. Raises VerifyError or SpecError."""
    module = load_source(source.text, graph.input_sizes).network()
    return Reference(source.text, module.eval(), is_own=True)
