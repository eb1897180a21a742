"""Checks, without torch, that a network can be compared with the reference that its spec names."""

from calc.errors import OpError, nearest
from calc.model.graph import Graph
from calc.sources.grammar import EXAMPLE, Source, malformed, read_source
from verify.errors import VerifyError

SOURCE = "torchvision"


def reference_source(text: str) -> Source:
    """Return the source ``text`` of a network that PyTorch runs. Raises OpError or SpecError if it is not one."""
    source = read_source(text)
    if source is None:
        hint = malformed(text) or nearest(text, [SOURCE], ()) or f"{SOURCE}, timm/NAME, {EXAMPLE}"
        raise OpError(f"--against {text[:200]}: is not a network that can be built", hint)
    if source.kind == "onnx":
        raise OpError(f"--against {text[:200]}: PyTorch cannot run an ONNX file", EXAMPLE)
    return source


def require_reference(graph: Graph, weights: str | None, on_meta: bool) -> None:
    """Raise VerifyError if ``graph`` has no reference of torchvision, or if ``weights`` would not be used."""
    if weights is not None and on_meta:
        raise VerifyError(
            "published weights are not used on meta, where nothing runs", "give --weights or --device meta, not both"
        )
    if graph.reference is None:
        raise VerifyError(f"{graph.model} has no reference to compare with", f"reference: {SOURCE}/NAME")
    if graph.reference.partition("/")[0] != SOURCE:
        raise VerifyError(f"unknown reference {graph.reference}", f"known: {SOURCE}/NAME")
