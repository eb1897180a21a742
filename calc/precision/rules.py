"""Ordered rules that choose layers by name, op, kind and position. The last rule that matches wins."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import Place, Problem, SpecError, nearest
from calc.formats import Format
from calc.model.graph import Bits, Graph, Node
from calc.precision.base import Assigned, Assignment, is_quantised
from calc.precision.position import Position
from calc.precision.roles import Roles
from calc.precision.stores import Stores

_UNMATCHED = Assigned(Bits(32, 32), "unmatched: 32")


class Rule(NamedTuple):
    """Gives ``bits`` to layers that meet every criterion. ``name`` is a glob in which * also matches dots."""

    place: Place
    bits: Bits
    name: str | None = None
    op: str | None = None
    kind: str | None = None
    position: Position | None = None

    def __str__(self) -> str:
        given = {key: getattr(self, key) for key in ("name", "op", "kind", "position")}
        return ", ".join(f"{key}: {value}" for key, value in given.items() if value is not None) or "every layer"


class Candidate(NamedTuple):
    """A layer with MACs as rules see it. ``at`` is its index among the quantised ``layers``, or None."""

    name: str
    op: str
    kind: str
    at: int | None
    layers: int


class Rules(NamedTuple):
    """The policy of one file. With ``deployed``, rules and roles may be about layers that deployment removed."""

    name: str
    rules: tuple[Rule, ...]
    default: Bits | None = None
    stores: Stores | None = None
    deployed: bool = False

    @property
    def roles(self) -> Roles | None:
        """The formats of tensors that no rule is about."""
        return None if self.stores is None else self.stores.roles

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        """Return the bits of each node. A layer that no rule matches has the default or 32 bits, and its rule says so.

        Raises SpecError with each rule that sets no layer, and each role that nothing has.
        """
        idle = [] if self.stores is None or self.deployed else self.stores.idle(graph, counts)
        if idle:
            raise SpecError(idle)
        candidates = _candidates(graph, counts)
        given = _UNMATCHED if self.default is None else Assigned(self.default, "default")
        assigned: list[Assigned | None] = [given if candidate else None for candidate in candidates]
        for index, number in self._winners(graph, counts, candidates).items():
            if candidates[index] is not None:
                assigned[index] = Assigned(self.rules[number - 1].bits, f"rule {number}", is_written=True)
        return tuple(assigned)

    def of_deployed(self) -> "Rules":
        """Return the same rules, of which some may match nothing."""
        return self._replace(deployed=True)

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Return the formats of tensors that their layer does not multiply, if a rule names the layer or its op."""
        candidates = _candidates(graph, counts)
        winners = self._winners(graph, counts, candidates)
        return {
            index: self.rules[number - 1].bits.stored for index, number in winners.items() if candidates[index] is None
        }

    def _winners(
        self, graph: Graph, counts: Sequence[Counts], candidates: Sequence["Candidate | None"]
    ) -> dict[int, int]:
        """Return the number of the rule that sets each layer. Raises SpecError with each rule that sets none."""
        holders = {
            index: _candidate(node, graph, None, 0)
            for index, node in enumerate(graph.nodes)
            if candidates[index] is None and (counts[index].states or node.op.parameters(graph.input_shapes(node)))
        }
        matches = [
            [i for i, candidate in enumerate(candidates) if candidate and _meets(rule, candidate)]
            + [i for i, holder in holders.items() if _names(rule, holder) and _meets(rule, holder)]
            for rule in self.rules
        ]
        winner = {index: number for number, matched in enumerate(matches, 1) for index in matched}
        problems = []
        for number, (rule, matched) in enumerate(zip(self.rules, matches, strict=True), 1):
            if not matched:
                problems.append(_unmatched(number, rule, graph, [c for c in candidates if c]))
            elif all(winner[index] != number for index in matched):
                problems.append(_overridden(number, rule, sorted({winner[index] for index in matched})))
        if problems and not self.deployed:
            raise SpecError(problems)
        return winner


def _candidates(graph: Graph, counts: Sequence[Counts]) -> list[Candidate | None]:
    layers = sum([is_quantised(row) for row in counts])
    found: list[Candidate | None] = []
    index = 0
    for node, row in zip(graph.nodes, counts, strict=True):
        if not row.products:
            found.append(None)
            continue
        quantised = is_quantised(row)
        found.append(_candidate(node, graph, index if quantised else None, layers))
        index += quantised
    return found


def _candidate(node: Node, graph: Graph, index: int | None, layers: int) -> Candidate:
    return Candidate(node.name, node.op.word, node.op.kind(graph.input_shapes(node)), index, layers)


def _meets(rule: Rule, layer: Candidate) -> bool:
    return (
        (rule.name is None or fnmatchcase(layer.name, rule.name))
        and (rule.op is None or rule.op == layer.op)
        and (rule.kind is None or rule.kind == layer.kind)
        and (rule.position is None or rule.position.holds(layer.at, layer.layers))
    )


def _names(rule: Rule, layer: Candidate) -> bool:
    """Return True if ``rule`` names this layer or its op. A glob only means layers with MACs."""
    return rule.name == layer.name or rule.op == layer.op


def _unmatched(number: int, rule: Rule, graph: Graph, layers: list[Candidate]) -> Problem:
    fact = f"rule {number} ({rule}) matches no layer of {graph.model} that has MACs"
    hint = "no layer meets all of its criteria at once"
    if not any(_meets(Rule(rule.place, rule.bits, name=rule.name), layer) for layer in layers):
        hint = nearest(rule.name or "", [layer.name for layer in layers])
    elif not any(_meets(Rule(rule.place, rule.bits, op=rule.op), layer) for layer in layers):
        hint = nearest(rule.op or "", [layer.op for layer in layers])
    elif not any(_meets(Rule(rule.place, rule.bits, kind=rule.kind), layer) for layer in layers):
        hint = nearest(rule.kind or "", [layer.kind for layer in layers])
    elif rule.position and not any(rule.position.holds(layer.at, layer.layers) for layer in layers):
        hint = f"positions are 0 to {layers[0].layers - 1}"
    return Problem(rule.place, fact, hint)


def _overridden(number: int, rule: Rule, winners: list[int]) -> Problem:
    later = f"rule{'s' if len(winners) > 1 else ''} {', '.join(map(str, winners))}"
    fact = f"rule {number} ({rule}) sets no layer: {later} {'win' if len(winners) > 1 else 'wins'} wherever it matches"
    return Problem(rule.place, fact, "later rules win: remove it, or write it after them")
