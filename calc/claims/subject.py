"""The subject of a number: a network at some bits, or some of its layers."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from calc.analysis import Analysis
from calc.claims.reading import Reading
from calc.claims.shortcuts import shortcuts
from calc.errors import OpError, nearest
from calc.model.graph import Graph
from calc.ops.base import KNOWN
from calc.precision import is_quantised
from calc.precision.ends import ends_of
from calc.quantities import at_least

Indices = tuple[int, ...]
CLAIMED = {"activations": "activation_elements", "bytes": "weight_bytes", "effective_bits": "weight_bytes"}
"""The names in claims that differ from those of reports, with the quantity in reports."""
PARTS = ("all", "convolutions", "without classifier")


class Subject(NamedTuple):
    """Layers of a network. ``words`` describe them and are empty for all layers. ``cost`` measures the assumption."""

    analysis: Analysis
    layers: Indices
    words: str = ""
    cost: int = 0

    def reading(self, quantity: str, value: int | float, formula: str) -> Reading:
        """Return the reading of ``value`` for these layers, with the assumption that they are meant."""
        return Reading(quantity, value, formula, (self.words,) if self.cost else (), self.cost)

    def is_at_least(self, *quantities: str) -> bool:
        """Return True if the count is a lower bound, because one of the layers is not fully known."""
        unknown = self.analysis.unknown
        if unknown and not self.is_whole:
            nodes = self.analysis.graph.nodes
            unknown = KNOWN.union(*[nodes[index].unknown for index in self.layers])
        return bool(at_least([CLAIMED.get(name, name) for name in quantities], unknown))

    @property
    def is_whole(self) -> bool:
        """True if these are all layers."""
        graph = self.analysis.graph
        return len(self.layers) == len(graph.nodes) - len(graph.inputs)

    def without_ends(self) -> "Subject":
        """Return these layers without the first and the last quantised layer of the network."""
        left_out = ends_of(self.analysis.counts)
        return self._replace(layers=tuple([index for index in self.layers if index not in left_out]))


def whole(analysis: Analysis) -> Subject:
    """Return all layers."""
    return Subject(analysis, tuple(range(len(analysis.graph.inputs), len(analysis.graph.nodes))))


def named(analysis: Analysis, name: str) -> Subject:
    """Return the layer ``name``, or all layers below it. Raises OpError if there is none."""
    nodes = analysis.graph.nodes
    found = [i for i, node in enumerate(nodes) if i and (node.name == name or node.name.startswith(f"{name}."))]
    if not found:
        raise OpError(f"{analysis.graph.model} has no layer {name!r}", nearest(name, _names(analysis.graph)))
    return Subject(analysis, tuple(found), name)


class Asked(NamedTuple):
    """The layers that a number is said to be about: one layer or all below a name, and a part of the network."""

    layer: str | None = None
    part: str = "all"

    def of(self, analysis: Analysis) -> Subject:
        """Return these layers of ``analysis``. Raises OpError if there are none."""
        subject = whole(analysis) if self.layer is None else named(analysis, self.layer)
        if self.part == "convolutions":
            nodes = analysis.graph.nodes
            kept = tuple([index for index in subject.layers if nodes[index].op.word.startswith("conv")])
            return subject._replace(layers=kept, words="convolutions")
        if self.part == "without classifier":
            left = _without_classifier(subject)
            if left is None:
                whose = self.layer or analysis.graph.model
                fact = f"{whose} has no classifier: its last layer with weights is not linear"
                raise OpError(fact, "leave out part:")
            return subject._replace(layers=left)
        return subject

    @property
    def is_everything(self) -> bool:
        """True if no layer is left out."""
        return self.layer is None and self.part == "all"


class LeftOut(NamedTuple):
    """A choice of the layers of a subject. ``left`` gives the nodes that remain, or None if it does not apply."""

    words: str
    left: Callable[[Subject], Indices | None]
    cost: int = 1


def _without_classifier(subject: Subject) -> Indices | None:
    quantised = _quantised(subject)
    if len(quantised) < 2 or subject.analysis.graph.nodes[quantised[-1]].op.word != "linear":
        return None
    return _less(subject, {quantised[-1]})


def _convolutions(subject: Subject) -> Indices | None:
    nodes, counts = subject.analysis.graph.nodes, subject.analysis.counts
    found = tuple([index for index in subject.layers if nodes[index].op.word.startswith("conv")])
    others = [index for index in _without_classifier(subject) or subject.layers if index not in found]
    return found if found and any(counts[index].macs or counts[index].params for index in others) else None


def _without_first(subject: Subject) -> Indices | None:
    quantised = _quantised(subject)
    if len(quantised) < 2 or not subject.analysis.graph.nodes[quantised[0]].op.word.startswith("conv"):
        return None
    return _less(subject, {quantised[0]})


def _without_shortcuts(subject: Subject) -> Indices | None:
    found = shortcuts(subject.analysis.graph).intersection(subject.layers)
    return _less(subject, found) if found else None


LEFT_OUT = (
    LeftOut("without the classifier", _without_classifier),
    LeftOut("convolutions alone", _convolutions),
    LeftOut("without the convolutions of shortcuts", _without_shortcuts),
    LeftOut("without the first convolution", _without_first, 2),
)
"""The layers that published numbers leave out."""


def parts(subject: Subject) -> list[Subject]:
    """Return ``subject``, and the choices in LEFT_OUT that leave something out."""
    found = [subject]
    for part in LEFT_OUT:
        left = part.left(subject)
        if left is not None:
            words = f"{subject.words}, {part.words}" if subject.words else part.words
            found.append(subject._replace(layers=left, words=words, cost=part.cost))
    return found


def _quantised(subject: Subject) -> Indices:
    counts = subject.analysis.counts
    return tuple([index for index in subject.layers if is_quantised(counts[index])])


def _less(subject: Subject, left_out: Collection[int]) -> Indices:
    return tuple([index for index in subject.layers if index not in left_out])


def _names(graph: Graph) -> set[str]:
    names = [node.name for node in graph.layers]
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}
