"""What is kept from call to call, in the format that it is kept in: the keys and values of attention."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError, Problem, SpecError
from calc.formats import Format
from calc.model.graph import Graph
from calc.model.held import FULL
from calc.precision.by_role import PolicyRole
from calc.precision.held import HeldFormats


class StoredState(NamedTuple):
    """What the layer ``node`` keeps: its ``bits`` once the call is over, of all samples, and how many a token of one
    sample adds. ``copies``: one a sample."""

    node: int
    format: Format
    bits: int
    bits_per_token: int
    copies: int


def formats_of_states(states: Sequence[StoredState]) -> dict[PolicyRole, tuple[str, ...]]:
    """The names of the formats of ``states``, in the order of the network; nothing where there are none."""
    return {"state": tuple(dict.fromkeys([state.format.name for state in states]))} if states else {}


def stored_states(
    graph: Graph, counts: Sequence[Counts], narrowed: HeldFormats, usual: Format
) -> tuple[StoredState, ...]:
    """Every state, in the format written for its layer, or else the ``usual`` one.

    Raises SpecError naming each layer whose state its format cannot hold.
    """
    found: list[StoredState] = []
    problems = []
    for index, row in enumerate(counts):
        for state in row.states:
            stored = narrowed.get(index, usual)
            try:
                bits = stored.stored_bits(state.sizes)
                one, two = [stored.stored_bits((entries, *state.sizes[1:])) for entries in (1, 2)]
            except OpError as error:
                node = graph.nodes[index]
                problems.append(Problem(node.origin, error.fact, error.hint, node.name, node.op.word))
                continue
            of_token = two - one if state.name != FULL and state.copies else 0
            found.append(StoredState(index, stored, state.copies * bits, of_token, state.copies))
    if problems:
        raise SpecError(problems)
    return tuple(found)
