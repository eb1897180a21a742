"""Finds chains of a network that are built alike, apart from numbers in their layers, and so can share a block.

Modules of one class may share a block even if some have a layer that others lack. The writer finds out by trying.
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
"""A module with this many layers is not written twice."""
STRUCTURAL = ("dim", "dims", "start_dim", "end_dim")
"""Fields that say which axes are meant. If they differ, the layers differ; other numbers can become params."""


class BuiltAlike(NamedTuple):
    """Chains that are worth a block, grouped by structure. The most common structure comes first.

    Each structure becomes a block of its own or, if ``mergeable``, as many as possible share one. ``forced`` makes a
    block even for a single chain.
    """

    structures: tuple[tuple[NamedChain, ...], ...]
    mergeable: bool
    forced: bool


def alike(
    graph: Graph, layers: Sequence[WrittenLayer], root: NamedChain, classes: Mapping[str, str]
) -> tuple[BuiltAlike, ...]:
    """Return the chains of ``root`` that are worth a block, inner ones first. ``classes`` has the classes of modules
    by name.

    A chain that occurs at most once in every chain of some kind, and nowhere else, is written in place. A long module
    is written in place only if those chains are all built alike; otherwise it could be written several times. A chain
    that runs again on other inputs becomes a block if its layers name its input. A chain that reads several nodes
    becomes a block only if others have exactly the same structure.
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
    """Return pairs for each chain of ``known`` inside ``chain``: the nearest such chain around it, and the chain."""
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
    """Return a key for each chain.

    Chains with equal keys may share a block: by class, by place in a class, or by structure.
    """
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
    """Return the class of each chain, the same for all that are built alike, or an empty name if there is none."""
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
    """Return all of ``keys``, each after the keys of the chains inside its chains."""
    inside: dict[Key, dict[Key, None]] = {key: {} for key in keys.values()}
    for chain, around in outer.items():
        if around in keys:
            inside[keys[around]][keys[chain]] = None
    found: list[Key] = []
    begun: set[Key] = set()

    def visit(key: Key) -> None:
        if key not in begun:  # classes may contain one another in different places
            begun.add(key)
            for each in inside[key]:
                visit(each)
            found.append(key)

    for start in inside:
        visit(start)
    return found


def _is_worth_a_name(chain: NamedChain, keys: Mapping[NamedChain, Key]) -> bool:
    """True unless ``chain`` is a single layer, or a container with nothing but calls of one block."""
    if chain.stop - chain.start < 2:  # a block of one layer saves nothing
        return False
    if keys[chain][0] == "class" or len(chain.members) == 1:
        return True
    kinds = {
        (keys.get(member), member.key.rstrip(digits)) if isinstance(member, NamedChain) else None
        for member in chain.members
    }
    return len(kinds) > 1 or None in kinds or not chain.members[0].key[-1].isdigit()


def _has_own_input(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """True if a layer or chain in ``chain`` is called input, a name that then cannot mean the chain's own input."""
    return any(UNNAMED in layers[at].name.split(".") for at in range(chain.start, chain.stop))


def _reads_entry_late(layers: Sequence[WrittenLayer], chain: NamedChain) -> bool:
    """True if a layer after the first names the input of ``chain``, or if there are several inputs.

    The input is another node in each run, and only in a block can a layer call it input.
    """
    return len(chain.inputs) > 1 or any(chain.entry in layers[at].sources for at in range(chain.start + 1, chain.stop))


def _structure(graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain) -> Shape:
    """Return everything about ``chain`` except numbers: keys, words, and connections relative to its start."""
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
