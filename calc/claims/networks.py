"""Other networks that a number may be about, such as the deployed one, one with an untied head, or a mistaken one."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

from calc.analysis import Analysis
from calc.claims.faults import FAULTS, faulty
from calc.claims.reading import Reading
from calc.deploy import deploy
from calc.model.graph import UNTIED, Graph, Node
from calc.ops.base.table import TableOp
from calc.precision import Policy
from calc.workload import Workload, workload

FAULT_COST = 2


class NetworkMeant(NamedTuple):
    """A network that may be meant. ``workload`` has its counts, and ``words`` the assumption, if there is one.

    ``is_fault`` says that the assumption is a mistake; then the layers are those of the original network.
    """

    workload: Workload
    words: str = ""
    cost: int = 0
    is_fault: bool = False

    def of(self, analysis: Analysis, policy: Policy | None) -> Analysis:
        """Return ``analysis`` with this network, under ``policy`` if it is given.

        Raises SpecError if the policy does not fit. Without a policy, the bits in ``analysis`` are kept.
        """
        if not self.words:
            return analysis
        changed = replace(analysis, workload=self.workload)
        if self.is_fault or policy is None:  # a mistake does not change the bits
            return changed
        return changed.with_bits(policy)

    def said(self, reading: Reading) -> Reading:
        """Return ``reading`` with the assumption of this network added."""
        if not self.words:
            return reading
        reading = reading.assuming(self.words, self.cost)
        return reading._replace(fault=self.words) if self.is_fault else reading


class Switch(NamedTuple):
    """Makes another network, or returns None if it would be the same."""

    words: str
    made: Callable[[Workload], Workload | None]
    cost: int = 1
    is_fault: bool = False


def _folded(given: Workload) -> Workload | None:
    graph = deploy(given.graph)
    return None if graph is given.graph or graph == given.graph else workload(graph, given.batch)


def _untied(given: Workload) -> Workload | None:
    nodes = given.graph.nodes
    apart = tuple([node._replace(tied=UNTIED) if _is_tied_head(given.graph, node) else node for node in nodes])
    return None if apart == nodes else workload(replace(given.graph, nodes=apart), given.batch)


def _is_tied_head(graph: Graph, node: Node) -> bool:
    """Return True if ``node`` is a head that multiplies by the table of an embedding, as in language models."""
    owner = node.shares
    return node.op.word == "linear" and owner is not None and isinstance(graph.nodes[owner].op, TableOp)


SWITCHES = (
    Switch("deployed, its norms folded and its activations fused", _folded),
    Switch("a head of its own, not tied to the table", _untied),
    *[Switch(fault.words, partial(faulty, fault=fault), FAULT_COST, True) for fault in FAULTS],
)


@lru_cache(maxsize=2)  # the claims of a file are mostly about one network
def networks_meant(given: Workload) -> tuple[NetworkMeant, ...]:
    """Return the network ``given``, followed by the different networks that SWITCHES make of it."""
    made = [(switch, switch.made(given)) for switch in SWITCHES]
    others = [
        NetworkMeant(other, switch.words, switch.cost, switch.is_fault) for switch, other in made if other is not None
    ]
    return (NetworkMeant(given), *others)
