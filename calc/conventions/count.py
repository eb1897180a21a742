"""The total of a network under a convention, and the parts that it consists of."""

from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, NamedTuple

from calc.components import NAMES, Component
from calc.conventions.definition import Convention, Functions, Term
from calc.workload import Workload


class Part(NamedTuple):
    """A part of a total, ``times`` · ``amount``: ``2 × 6,678,112 batch norm inputs``.

    ``because`` is the reason of a fault.
    """

    name: str
    times: Fraction
    amount: int
    because: str = ""

    @property
    def total(self) -> int:
        """The number that the part adds."""
        return int(self.times * self.amount)

    def __str__(self) -> str:
        return self.name if self.times == 1 else f"{self.times} × {self.name}"

    def to_json_dict(self) -> dict[str, Any]:
        """The part as plain data. ``times`` is text, because it may be a fraction."""
        found = {"name": self.name, "times": str(self.times), "count": self.amount, "total": self.total}
        return found | ({"because": self.because} if self.because else {})


class Counted(NamedTuple):
    """The counts of a network under a convention. ``rows`` has one for each node, and ``parts`` add up to ``total``.

    ``faults`` are what the tool adds or omits by mistake, and ``fault_rows`` has them for each node. ``printed`` is the
    number that the tool prints, with its faults. ``is_at_least`` says that the totals are lower bounds, because a layer
    is not completely known.
    """

    convention: Convention
    rows: tuple[int, ...]
    parts: tuple[Part, ...]
    faults: tuple[Part, ...]
    fault_rows: tuple[int, ...]
    is_at_least: bool = False

    @property
    def total(self) -> int:
        """The total of the network."""
        return sum(self.rows)

    @property
    def printed(self) -> int:
        """The number that the tool prints, with its faults."""
        return self.total + sum(self.fault_rows)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of the faults."""
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
    """The counts of ``workload``, with its batch, under ``convention``."""
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
    """The parts that the terms add, without those that are 0. The counts of each layer are added to ``rows``."""
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
    """``times`` · ``count`` as an integer. ``count`` may be a recorded number."""
    whole = abs(times.numerator) * count // times.denominator if times.denominator > 1 else abs(times.numerator) * count
    return whole if times > 0 else -whole


def _label(term: Term, key: Component) -> str:
    """A label such as ``batch norm inputs``. MACs and bias additions of all layers have no further words."""
    return f"{term.name} {NAMES.get(str(key), f'{key} elements')}".lstrip()
