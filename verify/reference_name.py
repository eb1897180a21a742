"""Whether a network can be compared with the reference that its spec names, as far as that is known without torch."""

from calc.model.graph import Graph
from verify.errors import VerifyError

SOURCE = "torchvision"


def require_reference(graph: Graph, weights: str | None, on_meta: bool) -> None:
    """Raise VerifyError where ``graph`` names no reference, or one of another source, or weights would not be used."""
    if weights is not None and on_meta:
        raise VerifyError("published weights are not used on meta, where nothing is run", "--weights or --device meta")
    if graph.reference is None:
        raise VerifyError(f"{graph.model} names no reference to compare with", f"reference: {SOURCE}/NAME")
    if graph.reference.partition("/")[0] != SOURCE:
        raise VerifyError(f"unknown reference {graph.reference}", f"known: {SOURCE}/NAME")
