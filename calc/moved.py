"""The bytes that a call moves between memory and the arithmetic units: weights, cache and activations."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.precision.states import StoredState
from calc.workload import Workload


class MovedBits(NamedTuple):
    """The bits that one layer moves. ``cache`` counts entries of earlier calls that are read, and new ones written.

    ``least_weights`` counts the weights if all tokens choose the same experts. Tensors between layers without MACs,
    such as from a norm to an activation, are not moved, because they are computed on the way.
    """

    weights: int = 0
    cache: int = 0
    activations: int = 0
    least_weights: int = 0

    @property
    def bits(self) -> int:
        """The sum of all moved bits."""
        return self.weights + self.cache + self.activations


STILL = MovedBits()
"""The bits of a layer that moves nothing."""


def moved_bits(
    work: Workload, weight_bits: Sequence[int], states: Sequence[StoredState], widths: Sequence[int]
) -> tuple[MovedBits, ...]:
    """Return the bits that each node moves in a call, by the rules of ``calc.moves``.

    ``weight_bits`` are those of the tensors that each node holds. ``widths`` are the bits per element of each output. A
    call reads the entries of the cache that earlier calls left and that its tokens attend to, and writes the new ones.
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
        least = bits if fewest is chosen else read.bits(weight_bits[node], fewest)  # they are equal without experts
        found[node] = MovedBits(bits, 0, activations.pop(node, 0), least)
    for index, bits in activations.items():
        found[index] = MovedBits(activations=bits)
    for index, bits in _cache(work, states).items() if states else ():
        found[index] = found[index]._replace(cache=bits)
    return tuple(found)


def _cache(work: Workload, states: Sequence[StoredState]) -> dict[int, int]:
    """Return the bits of the cache that are read, by the first layer with MACs that reads it, and those written.

    If no layer reads the cache as it is stored, both belong to the layer that keeps it.
    """
    found: dict[int, int] = {}
    for state in states:
        node = work.graph.nodes[state.node]
        kept = node.op.state(work.graph.input_shapes(node))
        assert kept is not None, "a stored state is of a layer that keeps one"
        for index, entries in ((work.moves.readers.get(state.node, state.node), kept.read), (state.node, kept.written)):
            # without entries, bits that are stored once for a tensor do not exist either
            if not state.format.fixed or entries:
                bits = state.copies * state.format.stored_bits((entries, *kept.sizes))
                found[index] = found.get(index, 0) + bits
    return found
