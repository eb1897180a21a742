"""Checks for every import that the graph has each parameter of the network once."""

from math import prod

from calc.model.graph import Graph
from verify.errors import VerifyError
from verify.importers.held import held_by
from verify.importers.lowering import Lowered


def require_each_parameter_once(found: Lowered) -> None:
    """Raise VerifyError if the layers hold more or fewer parameters than the network, as totals would be wrong."""
    held = {each for each in held_by(found.traced.program).values() if each.learnt}
    theirs, ours = sum([prod(each.sizes) for each in held]), _params(found.imported.graph)
    if theirs != ours:
        fact = f"has {theirs:,} parameters, but its layers would hold {ours:,}"
        raise VerifyError(
            f"{found.imported.source}: {fact}",
            "use each tensor only in the layer that holds it, or always in the same way",
        )


def _params(graph: Graph) -> int:
    """Return the number of parameters, without those that are tied to another layer's."""
    return sum(
        node.copies * prod(sizes)
        for node in graph.nodes
        if not node.again
        for name, sizes in node.op.parameters(graph.input_shapes(node)).items()
        if name not in node.tied
    )
