"""A network's total under a convention, and what it is made of."""

from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, NamedTuple

from calc.components import NAMES, Component
from calc.conventions.definition import Convention, Functions, Term
from calc.workload import Workload


class Part(NamedTuple):
    """``times`` · ``amount`` of one thing: ``2 × 6,678,112 batch norm inputs``. ``because``: why it is a fault."""

    name: str
    times: Fraction
    amount: int
    because: str = ""

    @property
    def total(self) -> int:
        """What the part adds."""
        return int(self.times * self.amount)

    def __str__(self) -> str:
        return self.name if self.times == 1 else f"{self.times} × {self.name}"

    def to_json_dict(self) -> dict[str, Any]:
        """Plain data; ``times`` as text, since it may be a fraction."""
        found = {"name": self.name, "times": str(self.times), "count": self.amount, "total": self.total}
        return found | ({"because": self.because} if self.because else {})


class Counted(NamedTuple):
    """A network under a convention. ``rows``: per node of the graph. ``parts`` add up to ``total``.

    ``faults``: what the convention's tool adds or drops by mistake, ``fault_rows`` per node; with them,
    ``printed`` is what it prints. ``is_at_least``: both are lower bounds, since not all is known of some layer.
    """

    convention: Convention
    rows: tuple[int, ...]
    parts: tuple[Part, ...]
    faults: tuple[Part, ...]
    fault_rows: tuple[int, ...]
    is_at_least: bool = False

    @property
    def total(self) -> int:
        """The network's total."""
        return sum(self.rows)

    @property
    def printed(self) -> int:
        """What the tool prints, faults and all."""
        return self.total + sum(self.fault_rows)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each fault is one, in words."""
        return tuple(dict.fromkeys([part.because for part in self.faults]))

    def to_json_dict(self) -> dict[str, Any]:
        """Plain data: the convention, its total and parts, and what the tool prints."""
        return {
            "convention": self.convention.name,
            "title": self.convention.title,
            "unit": self.convention.unit,
            "source": self.convention.source,
            "total": self.total,
            "parts": [part.to_json_dict() for part in self.parts],
            "faults": [part.to_json_dict() for part in self.faults],
            "printed": self.printed,
            **({"at_least": ["total", "parts", "faults", "printed"]} if self.is_at_least else {}),
        }


def count_as(convention: Convention, workload: Workload, functions: Functions) -> Counted:
    """The network of ``workload``, for its batch, counted by ``convention``."""
    layers = _layers(workload, functions)
    rows, fault_rows = ([0] * len(workload.graph.nodes) for _ in range(2))
    parts = _parts(convention.terms, workload, layers, rows)
    faults = _parts(convention.faults, workload, layers, fault_rows)
    return Counted(convention, tuple(rows), parts, faults, tuple(fault_rows), "work" in workload.unknown)


Layers = dict[str, list[tuple[int, str]]]
"""By op word: the index of each layer, and whether its reference calls it as a module or a function."""


def _layers(workload: Workload, functions: Functions) -> Layers:
    globs = functions.of(workload.graph.reference)
    found: Layers = {}
    for index, node in enumerate(workload.graph.nodes):
        called = "function" if globs and any(fnmatchcase(node.name, glob) for glob in globs) else "module"
        found.setdefault(node.op.word, []).append((index, called))
    return found


def _parts(terms: tuple[Term, ...], workload: Workload, layers: Layers, rows: list[int]) -> tuple[Part, ...]:
    """What each count of each term adds, those that add nothing left out; ``rows`` gets it layer by layer."""
    nodes, components = workload.graph.nodes, workload.components
    parts: dict[tuple[str, Fraction, str], int] = {}
    for term in terms:
        meant = [
            index
            for word in (layers.keys() if term.of is None else layers.keys() & term.of)
            for index, called in layers[word]
            if term.means(nodes[index].op, nodes[index].shape.rank, called)
        ]
        for key, times in term.counts.items():
            total = 0
            for index in meant:
                count = components[index].get(key, 0)
                if count:
                    total += count
                    rows[index] += _times(times, count)
            label = (_label(term, key), times, term.because)
            parts[label] = parts.get(label, 0) + total
    return tuple([Part(name, times, count, because) for (name, times, because), count in parts.items() if count])


def _times(times: Fraction, count: Any) -> Any:
    """``times`` · ``count``, which may be a recorded number, without its fraction."""
    whole = abs(times.numerator) * count // times.denominator if times.denominator > 1 else abs(times.numerator) * count
    return whole if times > 0 else -whole


def _label(term: Term, key: Component) -> str:
    """``batch norm inputs``; the MACs and bias additions of every layer need no more."""
    return f"{term.name} {NAMES.get(str(key), f'{key} elements')}".lstrip()
