"""The policy ``mac-share``, which gives a block fewer bits the larger its share of the MACs is."""

from collections.abc import Sequence

from calc.counts import Counts
from calc.model.graph import Bits, Graph
from calc.names import block_of
from calc.precision.base import Assigned, Assignment


class MacShare:
    """Gives 2 bits to blocks with more than 15 % of the network's MACs, 4 to those with more than 5 %, 8 to the others.

    ``calc.names.block_of`` defines the block of a layer by its name.
    """

    name = "mac-share"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        blocks = [block_of(node.name) if row.products else "" for node, row in zip(graph.nodes, counts, strict=True)]
        macs: dict[str, int] = {}
        for block, row in zip(blocks, counts, strict=True):
            macs[block] = macs.get(block, 0) + row.macs
        total = sum(macs.values())
        by_block = {block: _by_share(block, share, total) for block, share in macs.items()}
        return tuple([by_block[block] if row.products else None for block, row in zip(blocks, counts, strict=True)])


def _by_share(block: str, macs: int, total: int) -> Assigned:
    bits = 2 if 100 * macs > 15 * total else 4 if 100 * macs > 5 * total else 8
    share = "over 15 %" if bits == 2 else "over 5 %" if bits == 4 else "up to 5 %"
    return Assigned(Bits(bits, bits), f"{block}: {share}")
