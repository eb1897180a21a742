"""Bytes that a call moves between memory and where it is computed: weights, the cache, activations."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.precision.states import StoredState
from calc.workload import Workload


class MovedBits(NamedTuple):
    """What one layer moves, in bits, by what it is; ``cache``: entries of earlier calls read, and new ones written.

    ``least_weights``: the weights if all tokens choose the same experts. What no layer with MACs reads or writes, such
    as what a norm hands to an activation, is done on the way and moves nothing.
    """

    weights: int = 0
    cache: int = 0
    activations: int = 0
    least_weights: int = 0

    @property
    def bits(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.activations


STILL = MovedBits()
"""Of a layer that moves nothing."""


def moved_bits(
    work: Workload, weight_bits: Sequence[int], states: Sequence[StoredState], widths: Sequence[int]
) -> tuple[MovedBits, ...]:
    """What each node of the graph moves in a call, as ``calc.moves`` says.

    ``weight_bits``: of what each node holds. ``widths``: of an element of each node's output. Of the cache, a call
    reads what earlier ones left and what a token of it sees, and writes what is new.
    """
    moves = work.moves
    activations = {
        index: sum([count * widths[source] for source, count in elements])
        for index, elements in moves.activations.items()
    }
    found = [STILL] * len(weight_bits)
    for read in moves.weights:
        node, chosen, fewest = read.node, read.chosen, read.fewest
        bits = read.bits(weight_bits[node], chosen)
        least = bits if fewest is chosen else read.bits(weight_bits[node], fewest)  # alike where there are no experts
        found[node] = MovedBits(bits, 0, activations.pop(node, 0), least)
    for index, bits in activations.items():
        found[index] = MovedBits(activations=bits)
    for index, bits in _cache(work, states).items() if states else ():
        found[index] = found[index]._replace(cache=bits)
    return tuple(found)


def _cache(work: Workload, states: Sequence[StoredState]) -> dict[int, int]:
    """The bits of what was kept that a call reads, by the first layer with MACs that reads it, and of what it writes.

    Where none reads it as it lies, both stand with the layer that keeps it.
    """
    found: dict[int, int] = {}
    for state in states:
        node = work.graph.nodes[state.node]
        kept = node.op.state(work.graph.input_shapes(node))
        assert kept is not None, "a stored state is of a layer that keeps one"
        for index, entries in ((work.moves.readers.get(state.node, state.node), kept.read), (state.node, kept.written)):
            if not state.format.fixed or entries:  # of no entries there is not even what is stored once a tensor
                bits = state.copies * state.format.stored_bits((entries, *kept.sizes))
                found[index] = found.get(index, 0) + bits
    return found
