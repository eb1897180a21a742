"""Policies that name layers and roles, for networks from which deploying took some and to which it gave others."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from calc.counts import Counts, count
from calc.errors import Problem, SpecError
from calc.model.graph import Graph
from calc.precision.base import Policy


@runtime_checkable
class NamesLayers(Protocol):
    """A policy that refuses a network which has not all that it names."""

    def of_deployed(self) -> Policy:
        """The same, that takes a network without some of it."""


def of_deployed(policy: Policy) -> Policy:
    """``policy`` for a network that is deployed: it may name a norm that is folded."""
    return policy.of_deployed() if isinstance(policy, NamesLayers) else policy


def fitting_deployed(policy: Policy, graph: Graph, counts: Sequence[Counts], written: Graph, batch: int) -> Policy:
    """``policy`` for the deployed network ``graph``, which is ``written`` otherwise.

    Raises SpecError for what fits neither of them.
    """
    found = of_deployed(policy)
    if found == policy:
        return policy
    faults = _faults(policy, graph, counts)
    places = {problem.place for problem in faults}
    before = _faults(policy, written, count(written, batch)) if faults else ()
    nowhere = [problem for problem in before if problem.place in places]
    if nowhere:
        raise SpecError(nowhere)
    return found


def _faults(policy: Policy, graph: Graph, counts: Sequence[Counts]) -> tuple[Problem, ...]:
    try:
        policy.assign(graph, counts)
    except SpecError as error:
        return error.problems
    return ()
