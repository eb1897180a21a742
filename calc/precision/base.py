"""The common parts of all policies: a name, and the bits for each layer."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from calc.counts import Counts
from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.graph import NO_PARTS, Bits, Graph
from calc.ops.base import Operand


class Assigned(NamedTuple):
    """The bits of one layer, and a few words on the rule that set them.

    ``parts`` has the formats of single tensors that differ, by name. ``is_written`` is True if the rule is about this
    layer, and False if it is about all layers without a rule of their own.
    """

    bits: Bits
    rule: str
    parts: FrozenDict[str, Format] = NO_PARTS
    is_written: bool = False

    def of(self, weight: Operand | None) -> Bits:
        """Return the bits of the product with ``weight``."""
        part = self.parts.get(str(weight)) if self.parts else None
        return self.bits if part is None else Bits(part.code_bits, self.bits.activation, part)


Assignment = tuple[Assigned | None, ...]
"""The bits of each node of the graph; ``None`` for a node without MACs."""


class Policy(Protocol):
    """A choice of bits for each layer. ``name`` is what the user wrote.

    A policy may have ``roles``, the formats of tensors that no layer multiplies (``calc.precision.roles``). It may also
    have ``held_formats``, a function of graph and counts that returns the formats of tensors in layers without MACs.
    """

    @property
    def name(self) -> str: ...

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        """Return the bits of each node of ``graph`` whose ``counts`` have MACs.

        Raises SpecError if the policy does not fit the network.
        """


def is_quantised(counts: Counts) -> bool:
    """Return True if a layer has weights that are used in MACs, which is what a policy narrows.

    A product of two activations (attention, matmul) has MACs and activation bits, but no weights to quantise.
    """
    return any(product.weight is not None for product in counts.products)


def read_bits(assigned: Assignment, unknown: Sequence[int], others: int) -> list[int]:
    """Return the bits at which each node reads its inputs; 0 for a node without MACs.

    The work of ``unknown`` nodes is not known, so they count with the narrowest bits at which any layer reads, or with
    ``others`` if no layer has MACs.
    """
    found = [row.bits.activation if row else 0 for row in assigned]
    for index in unknown:
        found[index] = narrowest_read(assigned, others)
    return found


def narrowest_read(assigned: Assignment, otherwise: int) -> int:
    """Return the narrowest bits at which a layer with MACs reads; ``otherwise`` if no layer has MACs."""
    return min([row.bits.activation for row in assigned if row], default=otherwise)
