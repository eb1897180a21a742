"""A network's total under a convention, and what it is made of."""

from typing import NamedTuple

from calc.analysis import Analysis
from calc.conventions.components import NAMES, Components, components
from calc.conventions.definition import Convention, Functions, Term


class Part(NamedTuple):
    """``times`` · ``count`` of one thing: ``2 × 6,678,112 batch norm elements``."""

    name: str
    times: int
    count: int

    @property
    def total(self) -> int:
        """What the part adds."""
        return self.times * self.count


class Counted(NamedTuple):
    """A network under a convention. ``rows``: per node of the graph. ``parts`` add up to ``total``.

    ``faults``: what the convention's tool adds or drops by mistake; with them, ``printed`` is what it prints.
    """

    convention: Convention
    rows: tuple[int, ...]
    parts: tuple[Part, ...]
    faults: tuple[Part, ...]

    @property
    def total(self) -> int:
        """The network's total."""
        return sum(self.rows)

    @property
    def printed(self) -> int:
        """What the tool prints, faults and all."""
        return self.total + sum([part.total for part in self.faults])


def count_as(convention: Convention, analysis: Analysis, functions: Functions) -> Counted:
    """``analysis``'s network, for its batch, counted by ``convention``."""
    found = components(analysis.graph, analysis.counts, analysis.batch)
    how = _called(analysis, functions)
    rows = [0] * len(found)
    parts = _parts(convention.terms, analysis, found, how, rows)
    faults = _parts(convention.faults, analysis, found, how, [0] * len(found))
    return Counted(convention, tuple(rows), parts, faults)


def _called(analysis: Analysis, functions: Functions) -> list[str]:
    graph = analysis.graph
    return [functions.called(graph.reference, node.name, node.op.word) for node in graph.nodes]


def _parts(
    terms: tuple[Term, ...], analysis: Analysis, found: tuple[Components, ...], called: list[str], rows: list[int]
) -> tuple[Part, ...]:
    """What each count of each term adds, those that add nothing left out; ``rows`` gets it layer by layer."""
    parts: dict[tuple[str, int], int] = {}
    for term in terms:
        for index, (node, counts) in enumerate(zip(analysis.graph.nodes, found, strict=True)):
            if not counts or not term.means(node.op, called[index]):
                continue
            for key, times in term.counts.items():
                count = counts.get(key, 0)
                rows[index] += times * count
                label = (_label(term, key), times)
                parts[label] = parts.get(label, 0) + count
    return tuple([Part(name, times, count) for (name, times), count in parts.items() if count])


def _label(term: Term, key: str) -> str:
    if "all" in term.of or key in ("macs", "bias", "attention_macs"):
        return NAMES.get(key, f"{key} operations") if "all" in term.of or key == "bias" else f"{term.name} {NAMES[key]}"
    return f"{term.name} {NAMES.get(key, f'{key} operations')}"
