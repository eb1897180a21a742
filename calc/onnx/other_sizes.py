"""Tests whether a spec also describes the ONNX file at other input sizes, by reading the file at those sizes."""

from collections.abc import Mapping

from calc.counts import count
from calc.errors import SpecError
from calc.importing.other_sizes import first_few, holds_only
from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.onnx.load import OnnxImported, import_onnx


def file_holds_only(found: OnnxImported, opaque: bool, text: str) -> str:
    """Return a sentence about input sizes at which the spec ``text`` differs from the file, or empty text.

    The output sizes and MACs of all layers are compared. A file with fixed sizes accepts no others. With ``opaque``,
    nodes for which calc has no op stay as layers that are not counted.
    """

    def differs(graph: Graph) -> str:
        try:
            there = import_onnx(found.source, _by_name(found, graph.input_sizes), opaque=opaque).graph
        except SpecError as error:
            return f"the file is refused, {error.problems[0].fact.partition(chr(10))[0][:200]}"
        file, spec = _rows(there), _rows(graph)
        names = [name for name in {**file, **spec} if file.get(name) != spec.get(name)]
        return f"the file differs in {first_few(names)}" if names else ""

    return holds_only(found.graph, text, differs)


def _by_name(found: OnnxImported, sizes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return ``sizes`` under the names that the inputs have in the file, together with the fixed numbers."""
    names = {UNNAMED: next(iter(found.inputs))} if list(sizes) == [UNNAMED] else {}
    given = {names.get(name, name): each for name, each in sizes.items()}
    return given | {name: (number,) for name, number in found.numbers.items()}


def _rows(graph: Graph) -> dict[str, tuple[tuple[int, ...], int]]:
    """Return for each layer its output sizes and its MACs."""
    return {
        node.name: (node.shape.sizes, sum([product.macs for product in counts.products]))
        for node, counts in zip(graph.nodes, count(graph), strict=True)
    }
