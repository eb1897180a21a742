"""What every policy is: a name, and the bits it gives each layer."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from calc.counts import Counts
from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.graph import NO_PARTS, Bits, Graph
from calc.ops.base import Operand


class Assigned(NamedTuple):
    """The bits of one layer, and in a few words the rule that set them.

    ``parts``: the formats of single tensors of it that have others, by name. ``is_written``: the rule is about this
    layer, not about all that no other rule is about.
    """

    bits: Bits
    rule: str
    parts: FrozenDict[str, Format] = NO_PARTS
    is_written: bool = False

    def of(self, weight: Operand | None) -> Bits:
        """The bits of the product with ``weight``."""
        part = self.parts.get(str(weight)) if self.parts else None
        return self.bits if part is None else Bits(part.code_bits, self.bits.activation, part)


Assignment = tuple[Assigned | None, ...]
"""One entry a node of the graph; ``None`` for a layer without MACs."""


class Policy(Protocol):
    """A choice of bits. ``name`` is what the user wrote.

    It may have ``roles``, the formats of what no layer multiplies (``calc.precision.roles``), and ``held_formats``, a
    function of graph and counts to the formats of what layers without MACs hold, by node.
    """

    @property
    def name(self) -> str: ...

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        """The bits of each node of ``graph`` whose ``counts`` have MACs.

        Raises SpecError where the policy does not fit the network.
        """


def is_quantised(counts: Counts) -> bool:
    """Whether a layer has weights that are used in MACs: those are what a policy narrows.

    A product of two activations (attention, matmul) has MACs and activation bits, but nothing to quantise.
    """
    return any(product.weight is not None for product in counts.products)


def read_bits(assigned: Assignment, unknown: Sequence[int], others: int) -> list[int]:
    """What each node reads its inputs at; 0 for a node without MACs.

    Of ``unknown`` nodes, whose work is not known, nothing more can be said than that it is no narrower than the
    narrowest: ``others`` where no layer has MACs.
    """
    found = [row.bits.activation if row else 0 for row in assigned]
    for index in unknown:
        found[index] = narrowest_read(assigned, others)
    return found


def narrowest_read(assigned: Assignment, otherwise: int) -> int:
    """The narrowest bits at which a layer with MACs reads; ``otherwise`` where none has any."""
    return min([row.bits.activation for row in assigned if row], default=otherwise)
