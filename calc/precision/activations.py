"""The bits at which a layer *reads*: its own, those that were written, or one width for all layers."""

from collections.abc import Sequence

from calc.errors import OpError, nearest
from calc.model.graph import BESIDE, Graph
from calc.precision.base import Assigned, Assignment, narrowest_read
from calc.precision.held import HeldFormats
from calc.precision.roles import Roles
from calc.precision.uniform import width

SAME, PRODUCER = "same", "producer"
IMAGE_BITS = 8
"""The bits of the network's input under ``producer``."""


def known_activations(text: str) -> str:
    """Return ``text`` if it is ``same``, ``producer`` or a number of bits. Raises OpError for anything else."""
    if text in (SAME, PRODUCER):
        return text
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return str(width(int(text)))
    raise OpError(f"unknown activations {text!r}: same, producer or a number of bits", nearest(text, [SAME, PRODUCER]))


def reading_at(assigned: Assignment, bits: int) -> Assignment:
    """Return ``assigned`` with every layer reading at ``bits``."""
    return tuple([_reading(row, bits) if row else None for row in assigned])


def written_bits(graph: Graph, assigned: Assignment, held: HeldFormats, roles: Roles) -> tuple[int, ...]:
    """Return the bits that each node writes: a layer with MACs its activation bits, an embedding those of its table.

    Any other layer passes on the widest of its inputs. If its work is not known, it writes at least the smaller of this
    and the narrowest bits of all layers. A node that depends on no input of the network (a learnt token, a position
    embedding) is not an activation and has 0 bits.
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
    """Return ``assigned`` with each layer reading at the widest bits that were ``written`` for it.

    A layer keeps its own bits if none of its inputs depends on an input of the network.
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
