"""Expands a spec and records which layers depend on which chosen params. Their values are chosen from lists.

Each layer depends on the choices that were read where it was called, or around it. A choice that was read for an
earlier, completed member does not count. So two expansions that differ in one choice show the effect of that choice.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from calc.model.graph import Graph
from calc.recorded import ReadValue
from calc.spec.budget import WorkBudget
from calc.spec.model import Member, ModelSpec
from calc.spec.turns import condition, turns
from calc.spec.values import Scope
from calc.spec.walk import Walk

Chosen = tuple[str, int | None]
"""A param, or a position in a param that is a list."""


class WatchedGraph(NamedTuple):
    """A graph with the numbers of the choices that each node depends on, apart from the shapes of its inputs.

    ``is_apart`` is true if no choice was read where another one decides.
    """

    graph: Graph
    choices: tuple[frozenset[int], ...]
    is_apart: bool


class ReadChoice(ReadValue):
    """A value that is the choice ``number``. Reading it is recorded."""

    __slots__ = ("number", "plain", "readings")

    def __init__(self, number: int, plain: Any, readings: "ChoicesRead") -> None:
        self.number = number
        self.plain = plain
        self.readings = readings

    @property
    def value(self) -> Any:
        return self.plain

    def fixed(self) -> Any:
        self.readings.read(self.number)
        return self.plain


class ChoicesRead:
    """The choices read so far for the members under way, the outermost first."""

    def __init__(self) -> None:
        self.under_way: list[set[int]] = [set()]
        self.is_apart = True

    def read(self, number: int) -> None:
        """Record that the choice decides from here on."""
        self.under_way[-1].add(number)
        self.is_apart = self.is_apart and len(self.now()) == 1

    def now(self) -> frozenset[int]:
        """Return the choices that decide the layer being made."""
        return frozenset().union(*self.under_way)


class _WatchedScope(Scope):
    """A scope in which looking up a choice by name reads it at once."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        return found.fixed() if isinstance(found, ReadChoice) else found


class _WatchedWalk(Walk):
    """A walk that records choices. ``chosen`` has params, and positions of params that are lists."""

    def __init__(self, model: ModelSpec, params: Mapping[str, Any], chosen: Sequence[Chosen]) -> None:
        super().__init__(model, params, WorkBudget(model.written, None))
        self.readings = ChoicesRead()
        self.choices: dict[int, frozenset[int]] = {}
        top = _WatchedScope(self.home.top)
        top.words, top.budget = self.home.top.words, self.home.top.budget
        for number, (name, place) in enumerate(chosen):
            value = dict(top)[name]
            if place is None:
                top[name] = ReadChoice(number, value, self.readings)
            else:
                top[name] = (*value[:place], ReadChoice(number, value[place], self.readings), *value[place + 1 :])
        defaults = [each.default for each in model.parameters.values()] + list(model.overrides.values())
        if any(each is not None and each.names & {name for name, _ in chosen} for each in defaults):
            self.readings.is_apart = False  # a default is computed from a choice, which is not recorded
        self.home.top = top

    def _member(self, member: Member, *context: Any) -> int:
        if member.sources or member.shares is not None:  # a name may lead to another layer for another choice
            self.readings.is_apart = False
        self.readings.under_way.append(set())
        made = super()._member(member, *context)
        self.readings.under_way.pop()
        return made

    def _turned(self, member: Member, *context: Any) -> int:
        self.readings.under_way.append(set())
        made = super()._turned(member, *context)
        self.readings.under_way.pop()
        return made

    def _scopes(self, member: Member, scope: Scope) -> Iterator[Scope]:
        for turn in turns(member, scope) if member.loop or member.repeat else (scope,):
            self.readings.under_way.append(set())
            if member.when is None or condition(member.when, turn, "when"):
                yield turn
            self.readings.under_way.pop()

    def _add(self, *arguments: Any) -> int:
        made = super()._add(*arguments)
        self.choices[made] = self.readings.now()
        return made


def expand_watched(model: ModelSpec, params: Mapping[str, Any], chosen: Sequence[Chosen]) -> WatchedGraph:
    """Return the network of ``params``, with the ``chosen`` params as choices. Raises SpecError."""
    walk = _WatchedWalk(model, params, chosen)
    graph = walk.run({})
    nothing: frozenset[int] = frozenset()
    choices = tuple([walk.choices.get(index, nothing) for index in range(len(graph.nodes))])
    return WatchedGraph(graph, choices, walk.readings.is_apart)
