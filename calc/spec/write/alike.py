"""Which chains of a network are built alike, and so are one block: up to the numbers in their layers."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer

Shape = Hashable


class BuiltAlike(NamedTuple):
    """``blocks``: chains that are built alike and are worth a block, the inner ones first. ``block_of``: by chain."""

    blocks: tuple[tuple[NamedChain, ...], ...]
    block_of: dict[NamedChain, int]


def alike(graph: Graph, layers: Sequence[WrittenLayer], root: NamedChain) -> BuiltAlike:
    """The chains of ``root`` that are worth a block.

    One that stands once in every chain of some kind, and nowhere else, is written there. One that runs again on other
    inputs is a block where it names what enters it.
    """
    structure: dict[NamedChain, Shape] = {}
    chains = [chain for chain in root.chains() if chain.entry is not None and not chain.again]
    chains = [chain for chain in chains if not _has_own_input(layers, chain)]
    for chain in chains:
        structure[chain] = _structure(graph, layers, chain)
    run_again = {chain.again for chain in root.chains()}
    around: dict[NamedChain, set[Shape]] = {}
    _note_around(root, None, structure, around)
    of_structure: dict[Shape, list[NamedChain]] = defaultdict(list)
    for chain in chains:
        of_structure[structure[chain]].append(chain)
    counts = Counter(structure.values())
    found: list[tuple[NamedChain, ...]] = []
    for same in of_structure.values():
        outer = set[Shape]().union(*[around[chain] for chain in same])
        (only,) = outer if len(outer) == 1 else (None,)
        within = only is not None and counts[only] == len(same)
        repeats = len(same) > 1 and not within and same[0].stop - same[0].start > 1
        if repeats or any(chain.name in run_again and _reads_entry_late(layers, chain) for chain in same):
            found.append(tuple(same))
    return BuiltAlike(tuple(found), {chain: number for number, same in enumerate(found) for chain in same})


def _has_own_input(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """Whether something in ``chain`` is called input, so that what enters it could not be."""
    return any(UNNAMED in layers[at].name.split(".") for at in range(chain.start, chain.stop))


def _reads_entry_late(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """Whether a layer names what enters ``chain``: in another run that is another node, and only a block says input."""
    return any(chain.entry in layers[at].sources for at in range(chain.start + 1, chain.stop))


def _note_around(
    chain: NamedChain, outer: Shape, structure: dict[NamedChain, Shape], around: dict[NamedChain, set[Shape]]
) -> None:
    for member in chain.members:
        if isinstance(member, NamedChain):
            around[member] = {outer}
            _note_around(member, structure.get(member, outer), structure, around)


def _structure(graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain) -> Shape:
    """All of ``chain`` but the numbers: keys, words, what reads what, from where the chain begins."""
    first = layers[chain.start].nodes.start
    inside = range(first, layers[chain.stop - 1].nodes.stop)

    def place(node: int | None) -> Hashable:
        return node - first if node in inside and node is not None else "in" if node == chain.entry else (node,)

    def of(members: tuple[NamedLayer | NamedChain, ...]) -> Shape:
        return tuple([
            (member.key, member.training_only, member.again and (member.again, place(member.entry)), of(member.members))
            if isinstance(member, NamedChain)
            else (member.key, *_kind(graph, layers[member.at], place))
            for member in members
        ])  # fmt: skip

    return chain.training_only, of(chain.members)


def _kind(graph: Graph, layer: WrittenLayer, place: Any) -> tuple[Hashable, ...]:
    values = graph.nodes[layer.end].op.values()
    words = tuple([(name, value) for name, value in values.items() if isinstance(value, str)])
    ties = (place(layer.shares), place(layer.again))
    stored = (repr(layer.bits), layer.training_only)
    experts = repr((layer.expert, layer.arguments)) if layer.expert else ""
    return layer.word, words, tuple(map(place, layer.sources)), ties, stored, experts
