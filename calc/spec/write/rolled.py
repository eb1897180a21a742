"""Writes a network as blocks, nested chains and tables, so that repeated parts are written once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.model.graph import Graph
from calc.spec.write.alike import BuiltAlike, alike
from calc.spec.write.body import BlockWritten, Body, Network
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer, hierarchy, input_names
from calc.spec.write.naming import BlockNames, class_named
from calc.spec.write.params import BlockParam, Numbers, Recorded
from calc.spec.write.places import Differs
from calc.spec.write.text import EMPTY, Members, Spaced
from calc.spec.write.wiring import Wiring

NO_CLASSES: Mapping[str, str] = {}
_MOST_STRUCTURES = 16
"""The most structures of one class that are tried as one block. Rarer ones become blocks of their own."""

Variants = tuple[tuple[NamedChain, ...], ...]


class Written(NamedTuple):
    """The blocks by name and the layers of the network, in file form."""

    blocks: Members
    layers: Any


def can_roll(graph: Graph, layers: Sequence[WrittenLayer]) -> bool:
    """True if each of ``layers`` can be written alone, without a splice around it for its bits or for its readers."""
    root = hierarchy(graph, layers)
    alone = [each.at for chain in (root, *root.chains()) if not chain.training_only for each in chain.members
             if isinstance(each, NamedLayer) and layers[each.at].training_only]  # fmt: skip
    unread = not any(graph.nodes[source].training_only for at in alone for source in layers[at].sources)
    return unread and not any(layer.around for layer in layers)


def rolled(graph: Graph, layers: Sequence[WrittenLayer], classes: Mapping[str, str] = NO_CLASSES) -> Written:
    """Return ``layers`` with repeated parts as blocks. ``classes`` maps full names to the classes that name the
    blocks.

    Raises OpError if a name cannot be used inside them.
    """
    named = {name: kind for name in classes if (kind := class_named(name, classes))}
    root = hierarchy(graph, layers, named)
    network = Network(graph, layers, Wiring(graph, root))
    names = BlockNames(layers, classes)
    blocks = Spaced()
    for same in alike(graph, layers, root, classes):
        groups = [variants for variants in _groups(network, same) if same.forced or sum(map(len, variants)) > 1]
        chains = [[chain for structure in variants for chain in structure] for variants in groups]
        for variants, name in zip(groups, names.names(chains), strict=True):
            blocks[name] = _block(network, variants, name)
    return Written(blocks, Body(network, ((root,),), Numbers((None,))).written(0))


def _groups(network: Network, same: BuiltAlike) -> list[Variants]:
    """Group the structures that share one block."""
    found: list[Variants] = []
    for number, structure in enumerate(same.structures):
        others = range(len(found)) if same.mergeable and number < _MOST_STRUCTURES else ()
        fits = next((at for at in others if _is_one(network, (*found[at], structure))), None)
        if fits is None:
            found.append((structure,))
        else:
            found[fits] = (*found[fits], structure)
    return found


def _is_one(network: Network, variants: Variants) -> bool:
    firsts = tuple([structure[:1] for structure in variants])
    try:
        Body(network, firsts, Recorded()).written()  # a quick check that fails in most cases
        Body(network, variants, _numbers(network, variants)).written()
    except (Differs, OpError):
        return False
    return True


def _numbers(network: Network, variants: Variants) -> Numbers:
    """Return the params and expressions for the numbers of a block."""
    recorded = Recorded()
    Body(network, variants, recorded).written()
    nodes = network.graph.nodes
    chains = [chain for structure in variants for chain in structure]
    entering = [nodes[chain.inputs[0]].shape.channels for chain in chains]
    leaving = [nodes[chain.result].shape.channels for chain in chains]
    return Numbers(tuple(entering), tuple(leaving), recorded.every)


def _block(network: Network, variants: Variants, name: str) -> Members:
    """Return the block in file form. Later its chains are written as calls of it."""
    numbers = _numbers(network, variants)
    layers = Body(network, variants, numbers).written()
    chains = [chain for structure in variants for chain in structure]
    given = tuple([param for param in numbers.params if not param.derived])
    block = BlockWritten(name, given, {chain.start: at for at, chain in enumerate(chains)})
    network.block_of.update(dict.fromkeys(chains, block))
    every = (*given, *[param for param in numbers.params if param.derived])
    params = {param.name: _default(param) for param in every}
    inputs = input_names(len(chains[0].inputs))
    entries = {"params": params} if params else {}
    return Members(entries | ({"inputs": inputs} if len(inputs) > 1 else {}), layers=layers)


def _default(param: BlockParam) -> Any:
    return param.default if param.has_default else EMPTY
