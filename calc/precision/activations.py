"""The bits a layer *reads*: its own, what its producer wrote, or one width everywhere."""

from calc.errors import OpError, nearest
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment
from calc.precision.uniform import width

FLOAT_BITS = 32
"""What an embedding's table is written in: no policy narrows it."""
IMAGE_BITS = 8
"""What the network's input is written in, under ``producer``."""


def known_activations(text: str) -> str:
    """``text`` if it is ``same``, ``producer`` or a number of bits. Raises OpError for anything else."""
    if text in ("same", "producer"):
        return text
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return str(width(int(text)))
    raise OpError(
        f"unknown activations {text!r}: same, producer or a number of bits", nearest(text, ["same", "producer"])
    )


def with_activations(convention: str, graph: Graph, assigned: Assignment) -> Assignment:
    """``assigned`` with the activation bits that ``convention`` (as ``checked`` returns it) asks for."""
    if convention == "same":
        return assigned
    if convention == "producer":
        return _from_producers(graph, assigned)
    bits = int(convention)
    return tuple([_reading(row, bits) if row else None for row in assigned])


def _from_producers(graph: Graph, assigned: Assignment) -> Assignment:
    """Each layer reads what its producer wrote: a layer with MACs writes at its own activation bits.

    Anything between passes on the widest of its inputs; an embedding writes the rows of its table. What no input of
    the network reaches (a learnt token, a position embedding) is no activation and widens nothing; a
    layer that reads only such tensors keeps its own bits.
    """
    nodes = graph.nodes
    inputs = len(graph.inputs)
    written = [IMAGE_BITS] * inputs + [0] * (len(nodes) - inputs)
    result = list(assigned)
    for index, (node, row) in enumerate(zip(nodes, assigned, strict=True)):
        if index < inputs:
            continue
        arriving = max([written[i] for i in node.inputs if nodes[i].batched], default=0)
        written[index] = row.bits.activation if row else FLOAT_BITS if node.op.takes == "int" else arriving
        if row and arriving:
            result[index] = _reading(row, arriving)
    return tuple(result)


def _reading(assigned: Assigned, bits: int) -> Assigned:
    return assigned._replace(bits=Bits(assigned.bits.weight, bits))
