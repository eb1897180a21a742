"""Fits policies that name layers and roles to a deployed network, which lacks some layers of the original."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from calc.counts import Counts, count
from calc.errors import Problem, SpecError
from calc.model.graph import Graph
from calc.precision.base import Policy


@runtime_checkable
class NamesLayers(Protocol):
    """A policy that refuses a network without some of the layers or roles that it names."""

    def of_deployed(self) -> Policy:
        """Return the same policy, but one that accepts a network without some of them."""


def of_deployed(policy: Policy) -> Policy:
    """Return ``policy`` for a deployed network. It may name a norm that was folded."""
    return policy.of_deployed() if isinstance(policy, NamesLayers) else policy


def fitting_deployed(policy: Policy, graph: Graph, counts: Sequence[Counts], written: Graph, batch: int) -> Policy:
    """Return ``policy`` for the deployed network ``graph``. ``written`` is the same network before deployment.

    Raises SpecError for a name that fits neither of them.
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
