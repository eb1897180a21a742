"""The bits a layer *reads*: its own, what its producer wrote, or one width everywhere."""

from collections.abc import Sequence

from calc.errors import OpError, nearest
from calc.model.graph import BESIDE, Graph
from calc.precision.base import Assigned, Assignment, narrowest_read
from calc.precision.held import HeldFormats
from calc.precision.roles import Roles
from calc.precision.uniform import width

SAME, PRODUCER = "same", "producer"
IMAGE_BITS = 8
"""What the network's input is written in, under ``producer``."""


def known_activations(text: str) -> str:
    """``text`` if it is ``same``, ``producer`` or a number of bits. Raises OpError for anything else."""
    if text in (SAME, PRODUCER):
        return text
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return str(width(int(text)))
    raise OpError(f"unknown activations {text!r}: same, producer or a number of bits", nearest(text, [SAME, PRODUCER]))


def reading_at(assigned: Assignment, bits: int) -> Assignment:
    """``assigned``, but that every layer reads at ``bits``."""
    return tuple([_reading(row, bits) if row else None for row in assigned])


def written_bits(graph: Graph, assigned: Assignment, held: HeldFormats, roles: Roles) -> tuple[int, ...]:
    """The bits that each node writes: a layer with MACs at its own activation bits, an embedding those of its table.

    Anything between passes on the widest of its inputs; of what is not known, that or the narrowest bits of all is the
    least that it writes. What no input of the network reaches (a learnt token, a position embedding) is no activation
    and widens nothing: it has 0 bits.
    """
    nodes = graph.nodes
    inputs = len(graph.inputs)
    written = [IMAGE_BITS] * inputs + [0] * (len(nodes) - inputs)
    narrowest = narrowest_read(assigned, IMAGE_BITS)
    for index, (node, row) in enumerate(zip(nodes, assigned, strict=True)):
        if index < inputs:
            continue
        arriving = max([written[i] for i in node.inputs if nodes[i].batched], default=0)
        if row:
            written[index] = row.bits.activation
        elif node.op.takes == "int":
            table = held.get(index) or roles.of["embedding"]
            written[index] = table.code_bits if table.takes_activations else BESIDE
        else:
            written[index] = min(arriving or narrowest, narrowest) if "work" in node.unknown else arriving
    return tuple(written)


def reading_written(graph: Graph, assigned: Assignment, written: Sequence[int]) -> Assignment:
    """``assigned``, but that each layer reads the widest of what was ``written`` for it.

    A layer that reads only what no input of the network reaches keeps its own bits.
    """
    nodes = graph.nodes
    result = list(assigned)
    for index, row in enumerate(assigned):
        arriving = max([written[i] for i in nodes[index].inputs if nodes[i].batched], default=0) if row else 0
        if row and arriving:
            result[index] = _reading(row, arriving)
    return tuple(result)


def _reading(assigned: Assigned, bits: int) -> Assigned:
    return assigned._replace(bits=assigned.bits._replace(activation=bits))
