"""The states that layers keep from call to call, such as keys and values of attention, in their formats."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError, Problem, SpecError
from calc.formats import Format
from calc.model.graph import Graph, Node
from calc.model.held import FULL
from calc.names import name_of_all, pattern_of
from calc.precision.by_role import PolicyRole
from calc.precision.held import HeldFormats

_OTHER = "keep keys and values in another format: --kv fp16, fp8 or int8"


class StoredState(NamedTuple):
    """The state of the layer ``node``. ``bits`` are those of all samples once the call is over.

    ``bits_per_token`` is what one token of one sample adds. ``copies`` is the number of samples.
    """

    node: int
    format: Format
    bits: int
    bits_per_token: int
    copies: int


def formats_of_states(states: Sequence[StoredState]) -> dict[PolicyRole, tuple[str, ...]]:
    """Return the names of the formats of ``states``, in the order of the network; empty if there are none."""
    return {"state": tuple(dict.fromkeys([state.format.name for state in states]))} if states else {}


def stored_states(
    graph: Graph, counts: Sequence[Counts], narrowed: HeldFormats, usual: Format
) -> tuple[StoredState, ...]:
    """Return every state, in the format that is written for its layer, or else in the ``usual`` one.

    Raises SpecError with the layers whose state cannot be stored in its format. Layers with the same fact are one
    problem.
    """
    found: list[StoredState] = []
    refused: dict[str, list[Node]] = {}
    for index, row in enumerate(counts):
        for state in row.states:
            stored = narrowed.get(index, usual)
            try:
                bits = stored.stored_bits(state.sizes)
                one, two = [stored.stored_bits((entries, *state.sizes[1:])) for entries in (1, 2)]
            except OpError as error:
                refused.setdefault(error.fact, []).append(graph.nodes[index])
                continue
            of_token = two - one if state.name != FULL and state.copies else 0
            found.append(StoredState(index, stored, state.copies * bits, of_token, state.copies))
    if refused:
        raise SpecError([_refusal(fact, nodes) for fact, nodes in refused.items()])
    return tuple(found)


def _refusal(fact: str, nodes: Sequence[Node]) -> Problem:
    """Return one problem for all of ``nodes``. Names that differ only in numbers are one name."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for node in nodes:
        alike.setdefault(pattern_of(node.name), []).append(node.name)
    name, *others = [name_of_all(names) for names in alike.values()]
    notes = tuple([f"likewise {other}" for other in others])
    return Problem(nodes[0].origin, fact, _OTHER, name, nodes[0].op.word, notes)
