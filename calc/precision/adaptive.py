"""The policy ``adaptive``, which chooses bits by position: wide at the beginning and narrow towards the end."""

from collections.abc import Sequence

from calc.counts import Counts
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment, is_quantised

_EARLY = Assigned(Bits(8, 8), "first 10 %")
_MIDDLE = Assigned(Bits(4, 4), "10 to 50 %")
_DEEP = Assigned(Bits(2, 2), "last 50 %")
_CLASSIFIER = Assigned(Bits(8, 8), "classifier")


class Adaptive:
    """Gives 8 bits to the first tenth of the quantised layers, 4 to the next four tenths, and 2 to the others.

    If the last quantised layer is linear, it is the classifier: it is not counted among these layers and has 8 bits. A
    product of two activations has no index; it has the bits of the quantised layer before it. The rule is that of the
    MobileNetV2 report that the project started from.
    """

    name = "adaptive"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        quantised = [i for i, row in enumerate(counts) if row.products and is_quantised(row)]
        assigned: list[Assigned | None] = [None] * len(counts)
        if quantised and graph.nodes[quantised[-1]].op.word == "linear":
            assigned[quantised.pop()] = _CLASSIFIER
        for index, node in enumerate(quantised):
            assigned[node] = _by_index(index, len(quantised))
        before = _EARLY
        for node, row in enumerate(counts):
            if row.products:
                assigned[node] = before = assigned[node] or before
        return tuple(assigned)


def _by_index(index: int, layers: int) -> Assigned:
    if 10 * index < layers:
        return _EARLY
    return _MIDDLE if 2 * index < layers else _DEEP
