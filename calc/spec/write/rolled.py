"""A network as blocks, chains inside chains and tables: what repeats is written once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.model.graph import Graph
from calc.ops import is_op
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import STRUCTURES
from calc.spec.write.alike import BuiltAlike, alike
from calc.spec.write.chain import Flat, beside_word
from calc.spec.write.entries import WrittenLayer, without_defaults
from calc.spec.write.hierarchy import NamedChain, NamedLayer, hierarchy
from calc.spec.write.naming import block_names
from calc.spec.write.params import BlockParam, Number, Numbers, Recorded
from calc.spec.write.runs import BlockCall, in_list, in_mapping
from calc.spec.write.text import EMPTY, Members, Rows, Spaced
from calc.spec.write.wiring import Reader, Wiring

NO_CLASSES: Mapping[str, str] = {}


class Written(NamedTuple):
    """The blocks by name and the layers of the network, as they stand in the file."""

    blocks: Members
    layers: Any


class BlockWritten(NamedTuple):
    """A block, and its params; ``numbers``: which of their values is that of a chain, by the layer it starts with."""

    name: str
    params: tuple[BlockParam, ...]
    numbers: dict[int, int]


def can_roll(graph: Graph, layers: Sequence[WrittenLayer]) -> bool:
    """Whether each of ``layers`` can stand alone: none needs another around it for its bits, or to be read."""
    root = hierarchy(graph, layers)
    alone = [each.at for chain in (root, *root.chains()) if not chain.training_only for each in chain.members
             if isinstance(each, NamedLayer) and layers[each.at].training_only]  # fmt: skip
    unread = not any(graph.nodes[source].training_only for at in alone for source in layers[at].sources)
    return unread and not any(layer.around for layer in layers)


def rolled(graph: Graph, layers: Sequence[WrittenLayer], classes: Mapping[str, str] = NO_CLASSES) -> Written:
    """``layers`` with what repeats as blocks, which are called as ``classes`` has their full names.

    Raises OpError where a name cannot be said inside them.
    """
    return _Rolling(graph, layers, classes).run()


class _Rolling:
    def __init__(self, graph: Graph, layers: Sequence[WrittenLayer], classes: Mapping[str, str]) -> None:
        self.graph = graph
        self.layers = layers
        self.root = hierarchy(graph, layers)
        self.alike: BuiltAlike = alike(graph, layers, self.root)
        self.wiring = Wiring(graph, self.root)
        self.names = block_names(layers, self.alike.blocks, classes)
        self.blocks: dict[int, BlockWritten] = {}
        self.bodies = Spaced()

    def run(self) -> Written:
        for number, chains in enumerate(self.alike.blocks):
            self._block(number, chains)
        return Written(self.bodies, _Body(self, self.root, (self.root,), Numbers((None,))).chain(self.root, 0)[0])

    def _block(self, number: int, chains: tuple[NamedChain, ...]) -> None:
        first, recorded = chains[0], Recorded()
        assert first.entry is not None  # or it would be no block
        _Body(self, first, chains, recorded).chain(first, first.entry)
        entering, leaving = [
            tuple([self.graph.nodes[index].shape.channels for index in ends if index is not None])
            for ends in zip(*[(chain.entry, chain.result) for chain in chains], strict=True)
        ]
        numbers = Numbers(entering, leaving, recorded.every)
        layers, _ = _Body(self, first, chains, numbers).chain(first, first.entry)
        name = self.names[number]
        self.blocks[number] = BlockWritten(
            name, tuple(numbers.params), {chain.start: at for at, chain in enumerate(chains)}
        )
        params = {param.name: param.default if param.has_default else EMPTY for param in numbers.params}
        self.bodies[name] = Members({"params": params} if params else {}, layers=layers)


class _Body:
    """Writes the chains of one block, or of the network, ``chains``, of which ``first`` is looked at."""

    def __init__(self, rolling: _Rolling, first: NamedChain, chains: tuple[NamedChain, ...], numbers: Numbers) -> None:
        self.rolling = rolling
        self.first = first
        self.chains = chains
        self.numbers = numbers

    def chain(self, chain: NamedChain, flow: int) -> tuple[Members | Rows, int]:
        """The members of ``chain``, which the node ``flow`` enters, and the node that comes out."""
        members = []
        for member in chain.members:
            if isinstance(member, NamedLayer):
                layer = self.rolling.layers[member.at]
                members.append((member.key, self._layer(member.key, member.at, flow, chain)))
                flows, end = bool(layer.sources) and (chain.training_only or not layer.training_only), layer.end
            else:
                members.append((member.key, self._inner(member, flow, chain)))
                flows, end = chain.training_only or not member.training_only, member.result
            flow = end if flows else flow
        numbered = [key for key, _ in members] == [str(number) for number in range(len(members))]
        return (in_list if numbered else in_mapping)(members), flow

    def _reader(self, chain: NamedChain) -> Reader:
        return Reader(chain.name, self.first)

    def _inner(self, member: NamedChain, flow: int, outer: NamedChain) -> Any:
        """A chain in a chain: a call of its block, or its layers."""
        beside: dict[str, Any] = {}
        if member.entry is not None and member.entry != flow:
            beside["from"] = self.rolling.wiring.name(member.entry, self._reader(outer))
            flow = member.entry
        if member.training_only and not outer.training_only:
            beside["training_only"] = True
        if member.again:
            return {"again": self.rolling.wiring.again(member.again, self._reader(outer)), **beside}
        call = self._call(member, beside)
        if call is not None:
            return call
        layers, _ = self.chain(member, flow)
        in_mapping_of = [each.key for each in outer.members] != [str(at) for at in range(len(outer.members))]
        bare = not beside and (in_mapping_of or isinstance(layers, Rows))
        return layers if bare and _is_chain(layers) else Members(chain=layers, **beside)

    def _call(self, member: NamedChain, beside: dict[str, Any]) -> BlockCall | None:
        """A call of the block that ``member`` is, if it is one in all of the chains."""
        number = self.rolling.alike.block_of.get(member)
        if number is None:
            return None
        block = self.rolling.blocks[number]
        offset = member.start - self.first.start
        starts = [chain.start + offset for chain in self.chains]
        if not all(start in block.numbers for start in starts):
            return None
        arguments = []
        for param in block.params:
            values = tuple([param.values[block.numbers[start]] for start in starts])
            default = param.default if param.has_default else EMPTY
            arguments.append(self.numbers.written(Number(param.name, default, values, member.key)))
        return BlockCall(block.name, block.params, tuple(arguments), beside)

    def _layer(self, key: str, at: int, flow: int, chain: NamedChain) -> Any:
        layer = self.rolling.layers[at]
        wiring, reader = self.rolling.wiring, self._reader(chain)
        if layer.again is not None:
            first = self.rolling.graph.nodes[layer.again].name
            written: dict[str, Any] = {"again": wiring.again(first.removesuffix(".dispatch"), reader)}
        elif layer.expert:
            written = {layer.word: Flat(self.rolling.graph).experts(layer)}
        else:
            written = {layer.word: self._arguments(at, key)}
        if layer.sources not in ((), (flow,)):
            names = [wiring.name(source, reader) for source in layer.sources]
            written["from"] = names[0] if len(names) == 1 else names
        alone = layer._replace(training_only=layer.training_only and not chain.training_only)
        return written | beside_word(alone, lambda index: wiring.name(index, reader))

    def _arguments(self, at: int, key: str) -> Any:
        offset = at - self.first.start
        graph, layers = self.rolling.graph, self.rolling.layers
        ops = [graph.nodes[layers[chain.start + offset].end].op for chain in self.chains]
        given = {}
        for name, field in ops[0].fields().items():
            values = tuple([op.values()[name] for op in ops])
            given[name] = self.numbers.written(Number(name, field.default, values, key))
        return without_defaults(ops[0], given)


def _is_chain(layers: Members | Rows) -> bool:
    """Whether the language takes ``layers`` for a chain without ``chain:``; a key such as ``relu`` would be a word."""
    return isinstance(layers, Rows) or not any(key in _TAKEN or not key[0].islower() or is_op(key) for key in layers)


_TAKEN = frozenset([*MODIFIERS, *STRUCTURES, *[key for keys in STRUCTURES.values() for key in keys]])
