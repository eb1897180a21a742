"""The least time of a call on a device, from the bytes it moves and the MACs it does: a bound, never a prediction.

The roofline model: Williams et al. 2009, doi:10.1145/1498765.1498785.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from calc.counts import Counts
from calc.errors import OpError, Problem, SpecError
from calc.model.graph import Bits, Graph
from calc.moved import MovedBits
from calc.precision.base import Assignment
from calc.serving.device import OPERATIONS_A_MAC, WHOLE, Device, operand
from calc.serving.times import Times
from calc.workload import Workload


class Bound(NamedTuple):
    """``whole``: of the call, if memory and products overlap all through it and activations stay where they are made.

    ``layers``: of each node of the graph, activations moved; ``in_turn``: their larger times added up, as where one
    layer begins after another. ``rates``: which of the device's were used. ``needed_bytes``: weights, cache and the
    peak of activations. ``absorbs``: ``whole`` has fewer MACs than are written, as ``_share_of_new_tokens`` says.
    ``ends_in_one``: so it has because layers that only make the output, nothing that is kept, run for the last token.
    """

    device: Device
    whole: Times
    layers: tuple[Times, ...]
    rates: tuple[str, ...]
    needed_bytes: int
    absorbs: bool = False
    ends_in_one: bool = False

    @property
    def in_turn(self) -> Fraction:
        """The seconds of layers that follow one another."""
        return sum([times.most for times in self.layers], Fraction(0))

    @property
    def fits(self) -> bool:
        """Whether what is needed has room in the device's memory."""
        return self.needed_bytes <= self.device.memory_bytes

    def to_json_dict(self) -> dict[str, Any]:
        """As reports have it; seconds as doubles."""
        device = self.device
        return {
            "name": device.name,
            "file": device.file,
            "memory_bytes": device.memory_bytes,
            "bytes_per_second": float(device.bytes_per_second),
            "operations_per_second": {name: float(device.rates[name]) for name in self.rates},
            "sources": {name: text for name, text in device.sources.items() if name in (*WHOLE, *self.rates)},
            "bound_seconds": float(self.whole.most),
            "binds": self.whole.binds,
            "memory_seconds": float(self.whole.memory),
            "compute_seconds": float(self.whole.compute),
            "in_turn_seconds": float(self.in_turn),
            "needed_bytes": self.needed_bytes,
            "fits": self.fits,
        }


def bound_of(
    device: Device, work: Workload, assigned: Assignment, moved: Sequence[MovedBits], needed_bytes: int
) -> Bound:
    """The bound of a call. MACs by zero padding and those that a mask hides need not be done, so they are not counted.

    Nor are, in the whole, those that latent attention with absorbed weights does without, and those of all tokens but
    the last in layers of which nothing that is kept is made: the next token follows from the output of the last.

    Raises SpecError naming a layer that multiplies what the device has no rate for.
    """
    rates: dict[str, None] = {}
    layers = []
    compute = Fraction(0)
    absorbs = ends_in_one = False
    least_bits = 0
    kept_for_later, new_tokens = _kept_for_later(work), _new_tokens(work.graph)
    for index, (row, given, bits) in enumerate(zip(work.counts, assigned, moved, strict=True)):
        seconds = Fraction(0)
        if given is not None:
            try:
                by_rate = _macs_by_rate(device, row, given.bits)
            except OpError as error:
                node = work.graph.nodes[index]
                raise SpecError([Problem(node.origin, error.fact, error.hint, node.name, node.op.word)]) from None
            rates |= dict.fromkeys(by_rate)
            seconds = sum([OPERATIONS_A_MAC * macs / device.rates[name] for name, macs in by_rate.items()], seconds)
        share = _share_of_new_tokens(work.graph, index) if seconds else Fraction(1)
        absorbs |= share < 1
        if seconds and index not in kept_for_later:
            share /= new_tokens
            ends_in_one |= new_tokens > 1
        compute += seconds * share
        least_bits += bits.least_weights + bits.cache
        layers.append(Times(_seconds(bits.bits, device), seconds))
    whole = Times(_seconds(least_bits, device), compute)
    return Bound(device, whole, tuple(layers), tuple(rates), needed_bytes, absorbs, ends_in_one)


def _share_of_new_tokens(graph: Graph, index: int) -> Fraction:
    """Of the tokens that a matrix expands, those that are new, where it reads what is kept of all; else all of them.

    Latent attention makes keys and values of the latents it has kept. A runtime may multiply that matrix into queries
    and outputs instead: as many MACs as the new tokens take here, and attention over latents, which takes no fewer than
    that over keys and values as long as latents are no narrower (arXiv:2405.04434, Section 2.1.2).
    """
    node = graph.nodes[index]
    if node.op.word != "linear":
        return Fraction(1)
    kept = graph.nodes[node.inputs[0]]
    state = kept.op.state(graph.input_shapes(kept))
    if state is None or not state.grows:
        return Fraction(1)
    return Fraction(state.new, state.read + state.new)


def _kept_for_later(work: Workload) -> set[int]:
    """The nodes of which something is made that is kept from call to call."""
    found = {index for index, row in enumerate(work.counts) if row.states}
    for index in range(len(work.graph.nodes) - 1, -1, -1):
        if index in found:
            found.update(work.graph.nodes[index].inputs)
    return found


def _new_tokens(graph: Graph) -> int:
    """The tokens of the call, by the caches that grow; 1 where there are none, as then every output is needed."""
    states = [node.op.state(graph.input_shapes(node)) for node in graph.nodes]
    return max([state.new for state in states if state is not None and state.grows], default=1)


def _seconds(bits: int, device: Device) -> Fraction:
    return Fraction(bits, 8) / device.bytes_per_second


def _macs_by_rate(device: Device, row: Counts, bits: Bits) -> dict[str, int]:
    """The MACs that have to be done at each rate; those that a mask hides are of products of two activations."""
    found: dict[str, int] = {}
    hidden = row.masked_macs
    for product in row.products:
        name = device.rate_for(operand(bits, product.weight is not None))
        macs = product.effective_macs
        if product.weight is None:
            less = min(hidden, macs)
            macs, hidden = macs - less, hidden - less
        found[name] = found.get(name, 0) + macs
    return found
