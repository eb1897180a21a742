"""What a number is about: a network at some bits, or some of its layers."""

from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, nearest
from calc.model.graph import Graph
from calc.precision import is_quantised

Indices = tuple[int, ...]


class Subject(NamedTuple):
    """Layers of a network. ``words`` say which; empty for all of them. ``cost``: how far-fetched they are."""

    analysis: Analysis
    layers: Indices
    words: str = ""
    cost: int = 0


def whole(analysis: Analysis) -> Subject:
    """All layers."""
    return Subject(analysis, tuple(range(len(analysis.graph.inputs), len(analysis.graph.nodes))))


def named(analysis: Analysis, name: str) -> Subject:
    """The layer ``name``, or all layers under it. Raises OpError where there is none."""
    nodes = analysis.graph.nodes
    found = [i for i, node in enumerate(nodes) if i and (node.name == name or node.name.startswith(f"{name}."))]
    if not found:
        raise OpError(f"{analysis.graph.model} has no layer {name!r}", nearest(name, _names(analysis.graph)))
    return Subject(analysis, tuple(found), name)


def parts(subject: Subject) -> list[Subject]:
    """``subject``; without its classifier, its convolutions alone, without its first convolution, where they differ."""
    nodes, counts = subject.analysis.graph.nodes, subject.analysis.counts
    found = [subject]
    quantised = [index for index in subject.layers if is_quantised(counts[index])]
    without = subject.layers
    if len(quantised) > 1 and nodes[quantised[-1]].op.word == "linear":
        without = tuple([index for index in subject.layers if index != quantised[-1]])
        found.append(subject._replace(layers=without, words=_joined(subject, "without the classifier"), cost=1))
    convolutions = tuple([index for index in subject.layers if nodes[index].op.word.startswith("conv")])
    if convolutions and any(
        index not in convolutions for index in without if counts[index].macs or counts[index].params
    ):
        found.append(subject._replace(layers=convolutions, words=_joined(subject, "convolutions alone"), cost=1))
    if len(quantised) > 1 and quantised[0] in convolutions:
        rest = tuple([index for index in subject.layers if index != quantised[0]])
        found.append(subject._replace(layers=rest, words=_joined(subject, "without the first convolution"), cost=2))
    return found


def _joined(subject: Subject, words: str) -> str:
    return f"{subject.words}, {words}" if subject.words else words


def _names(graph: Graph) -> set[str]:
    names = [node.name for node in graph.layers]
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}
