"""Which layers share one choice of bits, and which have theirs fixed."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial

from calc.analysis import Analysis
from calc.errors import OpError, each, nearest
from calc.model.graph import Bits
from calc.precision import is_quantised
from calc.precision.uniform import uniform_bits

ADDS = "adds"
"""The word that ties what is added up."""


def groups(analysis: Analysis, ties: Sequence[str]) -> list[tuple[int, ...]]:
    """The layers with MACs by index, in groups of one choice each.

    Each of ``ties`` is ``adds``, layers whose outputs meet in one add, or names and globs joined by commas.
    Layers that use another's weights have its bits; a product of two activations has those of the
    quantised layer before it (of the first, where none is before). Raises SpecError naming every one that is unknown.
    """
    nodes, counts = analysis.graph.nodes, analysis.counts
    quantised = [index for index, row in enumerate(counts) if is_quantised(row)]
    if not quantised:
        raise OpError(f"{analysis.graph.model} has no layer with weights used in MACs: there are no bits to choose")
    union = _Union(len(nodes))
    before = quantised[0]
    for index, row in enumerate(counts):
        if not row.products:
            continue
        shares = nodes[index].shares
        if not is_quantised(row):
            union.join(before, index)
        elif shares is not None:
            union.join(shares, index)
        before = index if is_quantised(row) else before
    for group in [group for tied in each("--tie", ties, partial(_tied, analysis)) for group in tied]:
        for index in group[1:]:
            union.join(group[0], index)
    found: dict[int, list[int]] = {}
    for index, row in enumerate(counts):
        if row.products:
            found.setdefault(union.root(index), []).append(index)
    return [tuple(group) for group in found.values()]


def _tied(analysis: Analysis, tie: str) -> list[list[int]]:
    return _added(analysis) if tie == ADDS else [[i for name in tie.split(",") for i in matching(analysis, name)]]


def matching(analysis: Analysis, pattern: str) -> list[int]:
    """The quantised layers that ``pattern`` means: their name, a glob, or the start of names up to a dot.

    Raises OpError where it means none.
    """
    names = {i: node.name for i, node in enumerate(analysis.graph.nodes) if is_quantised(analysis.counts[i])}
    found = [i for i, name in names.items() if fnmatchcase(name, pattern) or name.startswith(f"{pattern}.")]
    if not found:
        raise OpError(
            f"{pattern[:80]!r} is no layer of {analysis.graph.model} with weights", nearest(pattern, names.values())
        )
    return found


def pins(analysis: Analysis, texts: Iterable[str], activations: int | None) -> dict[int, Bits]:
    """``classifier=8`` and ``features.0=w8a4`` as bits by node.

    ``activations``: the width of a pin that names one alone, if it is not that one. Raises SpecError with every one
    that is wrong, OpError for a layer that two of them pin: which of the widths is meant?
    """
    found: dict[int, Bits] = {}
    by: dict[int, str] = {}
    texts = list(texts)
    for text, pinned in zip(texts, each("--pin", texts, partial(_pinned, analysis, activations)), strict=True):
        twice = next((node for node in pinned if node in found), None)
        if twice is not None:
            name = analysis.graph.nodes[twice].name
            raise OpError(f"--pin {by[twice][:60]} and --pin {text[:60]} are both about {name}", "pin each layer once")
        found |= pinned
        by |= dict.fromkeys(pinned, text)
    return found


def _pinned(analysis: Analysis, activations: int | None, text: str) -> dict[int, Bits]:
    pattern, equals, width = text.rpartition("=")
    bits = uniform_bits(width) if equals else None
    if bits is None:
        raise OpError("must be layer=bits, such as classifier=8 or features.0=w8a4")
    if activations is not None and "a" not in width:
        bits = Bits(bits.weight, activations)
    return dict.fromkeys(matching(analysis, pattern), bits)


def _added(analysis: Analysis) -> list[list[int]]:
    """For each add, the quantised layers nearest before it on each of its inputs."""
    nodes, counts = analysis.graph.nodes, analysis.counts
    writers: list[frozenset[int]] = []
    for index, node in enumerate(nodes):
        own = frozenset([index]) if is_quantised(counts[index]) else None
        writers.append(own or frozenset().union(*[writers[i] for i in node.inputs]))
    return [
        sorted(writers[index]) for index, node in enumerate(nodes) if node.op.word == "add" and len(writers[index]) > 1
    ]


class _Union:
    """Disjoint sets of indices; the root of one is its least member."""

    def __init__(self, size: int) -> None:
        self.parents = list(range(size))

    def root(self, index: int) -> int:
        while self.parents[index] != index:
            index = self.parents[index]
        return index

    def join(self, first: int, second: int) -> None:
        low, high = sorted((self.root(first), self.root(second)))
        self.parents[high] = low
