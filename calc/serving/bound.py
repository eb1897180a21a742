"""Computes a lower bound of the time of a call on a device, from the bytes it moves and the MACs it computes.

It is a bound and not a prediction. The model is the roofline model: Williams et al. 2009, doi:10.1145/1498765.1498785.
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
    """A lower bound of the time of a call.

    ``whole`` is the bound of the call if memory traffic and arithmetic overlap completely and activations never leave
    the chip. ``layers`` has the times of each node of the graph, with its activations moved. ``rates`` names the rates
    of the device that were used. ``needed_bytes`` is the sum of the weights, the cache and the peak of activations.

    ``whole`` may count fewer MACs than the network has. ``absorbs`` says that latent attention saves some, as
    ``_share_of_new_tokens`` explains. ``ends_in_one`` says that layers that contribute only to the output, and not to
    the cache, are counted for the last token alone.
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
        """The seconds if each layer begins when the one before has ended: the sum of the larger times."""
        return sum([times.most for times in self.layers], Fraction(0))

    @property
    def fits(self) -> bool:
        """True if the memory of the device holds ``needed_bytes``."""
        return self.needed_bytes <= self.device.memory_bytes

    def to_json_dict(self) -> dict[str, Any]:
        """Return the bound as reports show it. Seconds are doubles."""
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
    """Return the lower bound of the time of a call.

    MACs on zero padding and MACs that a mask hides are not counted, because a runtime can skip them. The bound of the
    whole call also leaves out the MACs that latent attention with absorbed weights saves. Layers that do not contribute
    to the cache are counted for the last token alone, because its output determines the next token.

    Raises SpecError that names a layer whose operands the device has no rate for.
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
    """Return the share of new tokens among those that a matrix expands, if it reads a growing cache; otherwise 1.

    Latent attention computes keys and values from the cached latents. A runtime may instead multiply this matrix into
    the queries and outputs. That takes as many MACs as the new tokens take here. Attention over the latents then takes
    at least as many MACs as attention over keys and values if the latents are at least as wide (arXiv:2405.04434,
    Section 2.1.2).
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
    """Return the indices of the nodes that contribute to a state which is kept for the next call."""
    found = {index for index, row in enumerate(work.counts) if row.states}
    for index in range(len(work.graph.nodes) - 1, -1, -1):
        if index in found:
            found.update(work.graph.nodes[index].inputs)
    return found


def _new_tokens(graph: Graph) -> int:
    """Return the number of new tokens of the call, read from the caches that grow.

    Without such a cache the number is 1, because then every output is needed.
    """
    states = [node.op.state(graph.input_shapes(node)) for node in graph.nodes]
    return max([state.new for state in states if state is not None and state.grows], default=1)


def _seconds(bits: int, device: Device) -> Fraction:
    return Fraction(bits, 8) / device.bytes_per_second


def _macs_by_rate(device: Device, row: Counts, bits: Bits) -> dict[str, int]:
    """Return the MACs that are computed at each rate.

    MACs that a mask hides belong to products of two activations and are subtracted there.
    """
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
