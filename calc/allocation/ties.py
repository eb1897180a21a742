"""Finds the layers that must have the same bits, and the layers with fixed bits."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial

from calc.analysis import Analysis
from calc.errors import OpError, each, nearest
from calc.model.graph import Bits
from calc.precision import is_quantised
from calc.precision.uniform import uniform_bits

ADDS = "adds"
"""The word for ``--tie`` that ties layers whose outputs are added."""


def groups(analysis: Analysis, ties: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the layers with MACs by index, in groups with the same bits.

    Each of ``ties`` is ``adds``, which ties layers whose outputs are added, or a list of names and globs. Layers that
    share weights have the same bits. A product of two activations has the bits of the quantised layer before it, or of
    the first one if there is none before. Raises SpecError with every unknown name.
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
    """Return the quantised layers that ``pattern`` matches: a name, a glob, or the start of names up to a dot.

    Raises OpError if there are none.
    """
    names = {i: node.name for i, node in enumerate(analysis.graph.nodes) if is_quantised(analysis.counts[i])}
    found = [i for i, name in names.items() if fnmatchcase(name, pattern) or name.startswith(f"{pattern}.")]
    if not found:
        raise OpError(
            f"{pattern[:80]!r} is not a layer of {analysis.graph.model} with weights", nearest(pattern, names.values())
        )
    return found


def pins(analysis: Analysis, texts: Iterable[str], activations: int | None) -> dict[int, Bits]:
    """Return the fixed bits such as ``classifier=8`` and ``features.0=w8a4``, by node.

    ``activations`` is the width of activations for pins that state only one width; by default it is this width. Raises
    SpecError with every wrong pin, and OpError if two pins give one layer different bits.
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
    """Return, for each add, the nearest quantised layers before it on each input."""
    nodes, counts = analysis.graph.nodes, analysis.counts
    writers: list[frozenset[int]] = []
    for index, node in enumerate(nodes):
        own = frozenset([index]) if is_quantised(counts[index]) else None
        writers.append(own or frozenset().union(*[writers[i] for i in node.inputs]))
    return [
        sorted(writers[index]) for index, node in enumerate(nodes) if node.op.word == "add" and len(writers[index]) > 1
    ]


class _Union:
    """Disjoint sets of indices. The root of a set is its smallest index."""

    def __init__(self, size: int) -> None:
        self.parents = list(range(size))

    def root(self, index: int) -> int:
        while self.parents[index] != index:
            index = self.parents[index]
        return index

    def join(self, first: int, second: int) -> None:
        low, high = sorted((self.root(first), self.root(second)))
        self.parents[high] = low
