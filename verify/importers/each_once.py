"""Whether a graph has the parameters of the network that it comes from, each once: a check of every import."""

from math import prod

from calc.model.graph import Graph
from verify.errors import VerifyError
from verify.importers.held import held_by
from verify.importers.lowering import Lowered


def require_each_parameter_once(found: Lowered) -> None:
    """Raise VerifyError where the layers hold more parameters than the network, or fewer: a total would be wrong."""
    held = {each for each in held_by(found.traced.program).values() if each.learnt}
    theirs, ours = sum([prod(each.sizes) for each in held]), _params(found.imported.graph)
    if theirs != ours:
        fact = f"has {theirs:,} parameters, and the layers that it becomes {ours:,}"
        raise VerifyError(
            f"{found.imported.source}: {fact}", "use each tensor by the layer that holds it, or in one way"
        )


def _params(graph: Graph) -> int:
    """Without those that are tied to another layer's."""
    return sum(
        node.copies * prod(sizes)
        for node in graph.nodes
        if not node.again
        for name, sizes in node.op.parameters(graph.input_shapes(node)).items()
        if name not in node.tied
    )
