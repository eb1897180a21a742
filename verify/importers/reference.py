"""Loads a source as the network with which a spec is compared."""

from calc.model.graph import Graph
from calc.sources import Source
from verify.importers.gathered import gather
from verify.importers.load import load_source
from verify.masks import masks_of
from verify.reference import Reference


def loaded_reference(source: Source, graph: Graph) -> Reference:
    """Create the network of ``source`` for the input sizes of ``graph``. Raises VerifyError or SpecError."""
    loaded = load_source(source.text, graph.input_sizes)
    module = loaded.network()
    if loaded.paths and len(graph.inputs) == len(loaded.paths):
        names = graph.inputs if graph.inputs.keys() == loaded.paths.keys() else loaded.paths
        masks = masks_of(graph)
        booleans = [name for name, index in zip(names, graph.inputs.values(), strict=True) if index in masks]
        gather(module, {name: loaded.paths[name] for name in names}, booleans)
    return Reference(source.text, module.eval(), is_own=True)
