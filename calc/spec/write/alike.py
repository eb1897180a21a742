"""Which chains of a network are built alike, and so are one block: up to the numbers in their layers.

Modules of one class may be one block although some have a layer that others lack: that is tried when they are written.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from string import digits
from typing import Any, NamedTuple

from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer
from calc.spec.write.naming import class_of

Shape = Hashable
Key = tuple[Hashable, ...]
ROOT: Key = ()
_LONG = 6
"""Layers of a module that is not written twice."""
STRUCTURAL = ("dim", "dims", "start_dim", "end_dim")
"""Fields that say which axes are meant: with other ones a layer is another, and not the same with another number."""


class BuiltAlike(NamedTuple):
    """Chains that are worth a block: by structure, the structure that most have first.

    Each is a block of its own, or, ``mergeable``, as many as can be are one. ``forced``: it is a block even if it is
    there once.
    """

    structures: tuple[tuple[NamedChain, ...], ...]
    mergeable: bool
    forced: bool


def alike(
    graph: Graph, layers: Sequence[WrittenLayer], root: NamedChain, classes: Mapping[str, str]
) -> tuple[BuiltAlike, ...]:
    """The chains of ``root`` that are worth a block, the inner ones first. ``classes``: those of modules by name.

    One that stands at most once in every chain of some kind, and nowhere else, is written there; a long module only
    where those are all built alike, or it could be written several times. One that runs again on other inputs is a
    block where it names what enters it. Those that several nodes enter are blocks only where others are just alike.
    """
    chains = [chain for chain in root.chains() if chain.inputs and not chain.again]
    chains = [chain for chain in chains if not _has_own_input(layers, chain)]
    run_again = {chain.again for chain in root.chains()}
    shapes = {chain: _structure(graph, layers, chain) for chain in chains}
    times = Counter(shapes.values())
    chains = [
        chain for chain in chains if chain.entry is not None or times[shapes[chain]] > 1 or chain.name in run_again
    ]
    structure = {chain: shapes[chain] for chain in chains}
    outer = {inner: around for around, inner in _nested(root, root, structure)}
    keys = _keys(chains, structure, outer, {chain: class_of(chain, classes) for chain in chains})
    of_key: dict[Key, list[NamedChain]] = defaultdict(list)
    for chain in chains:
        of_key[keys[chain]].append(chain)
    found = []
    for key in _inner_first(keys, outer):
        same = of_key[key]
        around = {keys.get(outer[chain], ROOT) for chain in same}
        within = around != {ROOT} and len(around) == 1 and len({outer[chain] for chain in same}) == len(same)
        around_differs = len({structure[outer[chain]] for chain in same if outer[chain] in structure}) > 1
        apart = key[0] == "class" and any(
            _reads_entry_late(layers, chain) or (around_differs and chain.stop - chain.start >= _LONG) for chain in same
        )
        repeats = len(same) > 1 and (apart or not within) and any(_is_worth_a_name(chain, keys) for chain in same)
        forced = any(chain.name in run_again and _reads_entry_late(layers, chain) for chain in same)
        if repeats or forced:
            by_structure: dict[Shape, list[NamedChain]] = defaultdict(list)
            for chain in same:
                by_structure[structure[chain]].append(chain)
            of = sorted(by_structure.values(), key=lambda each: -len(each))
            found.append(BuiltAlike(tuple(map(tuple, of)), key[0] == "class", forced))
    return tuple(found)


def _nested(
    chain: NamedChain, around: NamedChain, known: Mapping[NamedChain, Shape]
) -> list[tuple[NamedChain, NamedChain]]:
    """Each chain of ``known`` inside ``chain``, behind the one of them around it."""
    found: list[tuple[NamedChain, NamedChain]] = []
    for member in chain.members:
        if isinstance(member, NamedChain):
            found += [(around, member)] if member in known else []
            found += _nested(member, member if member in known else around, known)
    return found


def _keys(
    chains: Sequence[NamedChain], structure: Mapping[NamedChain, Shape], outer: Mapping[NamedChain, NamedChain],
    names: Mapping[NamedChain, str],
) -> dict[NamedChain, Key]:  # fmt: skip
    """What chains have in common that may be one block: a class, a place in those of one class, or their structure."""
    kind = _classes(structure, names)
    of_kind: dict[str, set[Shape]] = defaultdict(set)
    nested: set[str] = set()
    for chain in chains:
        of_kind[kind[chain]].add(structure[chain])
        around = outer[chain]
        while around.name:
            if kind[around] == kind[chain]:
                nested.add(kind[chain])
            around = outer[around]
    found: dict[NamedChain, Key] = {}
    for chain in chains:
        around = outer[chain]
        while around.name and not kind[around]:
            around = outer[around]
        if kind[chain] and kind[chain] not in nested:
            found[chain] = ("class", kind[chain])
        elif not kind[chain] and around.name and len(of_kind[kind[around]]) > 1:
            found[chain] = ("place", kind[around], chain.name.removeprefix(around.name))
        else:
            found[chain] = ("structure", structure[chain])
    return found


def _classes(structure: Mapping[NamedChain, Shape], names: Mapping[NamedChain, str]) -> dict[NamedChain, str]:
    """The class of each chain, one for all that are built alike; the empty name where it is none."""
    first: dict[Shape, str] = {}
    same: dict[str, str] = {}

    def root_of(name: str) -> str:
        while same.get(name, name) != name:
            name = same[name]
        return name

    for chain, shape in structure.items():
        if names[chain]:
            one, other = root_of(first.setdefault(shape, names[chain])), root_of(names[chain])
            same[other] = one
    return {chain: root_of(first.get(shape, "")) for chain, shape in structure.items()}


def _inner_first(keys: Mapping[NamedChain, Key], outer: Mapping[NamedChain, NamedChain]) -> list[Key]:
    """All of ``keys``, each after those of what stands in its chains."""
    inside: dict[Key, dict[Key, None]] = {key: {} for key in keys.values()}
    for chain, around in outer.items():
        if around in keys:
            inside[keys[around]][keys[chain]] = None
    found: list[Key] = []
    begun: set[Key] = set()

    def visit(key: Key) -> None:
        if key not in begun:  # one class may stand in another, and elsewhere that one in it
            begun.add(key)
            for each in inside[key]:
                visit(each)
            found.append(key)

    for start in inside:
        visit(start)
    return found


def _is_worth_a_name(chain: NamedChain, keys: Mapping[NamedChain, Key]) -> bool:
    """Whether ``chain`` is more than a layer, or a container of one block some times."""
    if chain.stop - chain.start < 2:  # of one layer there is nothing to save
        return False
    if keys[chain][0] == "class" or len(chain.members) == 1:
        return True
    kinds = {
        (keys.get(member), member.key.rstrip(digits)) if isinstance(member, NamedChain) else None
        for member in chain.members
    }
    return len(kinds) > 1 or None in kinds or not chain.members[0].key[-1].isdigit()


def _has_own_input(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """Whether something in ``chain`` is called input, so that what enters it could not be."""
    return any(UNNAMED in layers[at].name.split(".") for at in range(chain.start, chain.stop))


def _reads_entry_late(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """Whether a layer names what enters ``chain``: in another run that is another node, and only a block says input.

    So it is where several nodes enter it.
    """
    return len(chain.inputs) > 1 or any(chain.entry in layers[at].sources for at in range(chain.start + 1, chain.stop))


def _structure(graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain) -> Shape:
    """All of ``chain`` but the numbers: keys, words, what reads what, from where the chain begins."""
    first = layers[chain.start].nodes.start

    def place(node: int | None) -> Hashable:
        if node is not None and node >= first:
            return node - first
        return ("in", chain.inputs.index(node)) if node in chain.inputs else (node,)

    def of(members: tuple[NamedLayer | NamedChain, ...]) -> Shape:
        return tuple([
            (member.key, member.training_only, member.again and (member.again, *map(place, member.inputs)),
             of(member.members))
            if isinstance(member, NamedChain)
            else (member.key, *_kind(graph, layers[member.at], place, member.siblings))
            for member in members
        ])  # fmt: skip

    return chain.training_only, of(chain.members)


def _kind(graph: Graph, layer: WrittenLayer, place: Any, siblings: str) -> tuple[Hashable, ...]:
    values = graph.nodes[layer.end].op.values()
    words = tuple([
        (name, repr(value)) for name, value in values.items() if name in STRUCTURAL or isinstance(value, str)
    ])  # fmt: skip
    ties = (place(layer.shares), place(layer.again))
    stored = (repr(layer.bits), layer.training_only)
    experts = repr((layer.expert, layer.arguments)) if layer.expert else ""
    sources = (place(layer.sources[0]), siblings) if siblings else tuple(map(place, layer.sources))
    return layer.word, words, sources, ties, stored, experts
