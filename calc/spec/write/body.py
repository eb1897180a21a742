"""Writes the layers of one block or of the network: words, params, and ``from`` where it is needed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from calc.model.graph import Graph
from calc.ops import is_op
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import STRUCTURES
from calc.spec.write.alike import STRUCTURAL
from calc.spec.write.chain import Flat, beside_word
from calc.spec.write.chained import chained
from calc.spec.write.entries import WrittenLayer, without_defaults
from calc.spec.write.hierarchy import NamedChain, NamedLayer
from calc.spec.write.params import BlockParam, Number, Numbers
from calc.spec.write.places import Differs, Repeated, agreed, in_places, is_numbered, together
from calc.spec.write.relations import MISSING
from calc.spec.write.residuals import Item, Summed, items_of, out_of
from calc.spec.write.runs import BlockCall, in_list, in_mapping, numbered_key
from calc.spec.write.stages import EVERY_SECOND, FIRST, either
from calc.spec.write.text import EMPTY, Members, Rows
from calc.spec.write.wiring import Reader, Wiring

_MOST_CHANGES = 2
"""If more params than this vary between calls in a row, the calls are alike by chance and are not put together."""

Chains = dict[int, NamedChain]
Flows = dict[int, int]


class BlockWritten(NamedTuple):
    """A written block and its params.

    ``numbers`` maps the first layer of a chain to its index in the params' values.
    """

    name: str
    params: tuple[BlockParam, ...]
    numbers: dict[int, int]


@dataclass(frozen=True)
class Network:
    """The network being written, and the blocks written so far. ``block_of`` maps each chain to its block."""

    graph: Graph
    layers: Sequence[WrittenLayer]
    wiring: Wiring
    block_of: dict[NamedChain, BlockWritten] = field(default_factory=dict)


class Body:
    """Writes the chains of one block or of the network. ``variants`` groups the chains by structure.

    The layout follows the first chain of each structure, the numbers come from all chains. Raises Differs if they
    cannot share one block.
    """

    def __init__(self, network: Network, variants: Sequence[Sequence[NamedChain]], numbers: Numbers) -> None:
        self.network = network
        self.variants = variants
        self.firsts = {number: chains[0] for number, chains in enumerate(variants)}
        self.numbers = numbers

    def written(self, entry: int | None = None) -> Members | Rows:
        """Return the layers in file form."""
        flows = {number: chain.inputs[0] if entry is None else entry for number, chain in self.firsts.items()}
        agreed(len(chain.inputs) for chain in self.firsts.values())
        return self._chain(self.firsts, flows)

    def _chain(self, chains: Chains, flows: Flows) -> Members | Rows:
        """Return the members of ``chains``, which are in the same place.

        Each chain's input is its node in ``flows``.
        """
        layers = self.network.layers
        items = {number: items_of(self.network.graph, layers, chain, flows[number]) for number, chain in chains.items()}
        numbered = agreed(is_numbered(each) for each in items.values())
        found: Members | Rows = self._laid_out(items, flows, chains, numbered)
        return found

    def _laid_out(self, items: Mapping[int, tuple[Item, ...]], flows: Flows, chains: Chains, numbered: bool) -> Any:
        """Return ``items`` as a chain in file form."""
        if len({*map(len, items.values())}) > 1:
            kept = self.numbers.mark()
            try:
                in_runs = {number: together(each, self._block, numbered=numbered) for number, each in items.items()}
                columns = in_places(in_runs, self._kind, numbered=numbered)
                return self._members(columns, dict(flows), chains, numbered)
            except Differs:
                self.numbers.back_to(kept)
        return self._members(in_places(items, self._kind, numbered=numbered), dict(flows), chains, numbered)

    def _members(self, columns: list[Any], flows: Flows, chains: Chains, numbered: bool) -> Any:
        """Return the layers in ``columns`` as a list or a mapping. Updates ``flows`` to the outputs."""
        found = Rows()
        plain: list[tuple[str, Any]] = []

        def put() -> None:
            if numbered:
                found.extend(in_list(plain))
            elif plain:
                members = in_mapping(chained(plain))
                short = len(members) == 1 and not any(isinstance(each, (Members, Rows)) for each in members.values())
                found.append(Members(splice=dict(members) if short else members))
            plain.clear()

        sums = any(isinstance(item, Summed) for column in columns for item in column.values())
        for column in columns:
            layer = self._member(column, flows, chains, numbered)
            if any(isinstance(item, Summed) for item in column.values()):
                put()
                found.append(layer)
            else:
                first = next(iter(column.values()))
                repeats = isinstance(first, Repeated) and isinstance(layer, dict) and "repeat" in layer
                plain.append((numbered_key(first.key) if repeats and not numbered else first.key, layer))
            for number, item in column.items():
                last = item.calls[-1] if isinstance(item, Repeated) else item
                flows[number] = out_of(self.network.layers, chains[number], last, flows[number])
        if not sums:
            return in_list(plain) if numbered else in_mapping(chained(plain))
        put()
        return found

    def _block(self, item: Item) -> str:
        block = self.network.block_of.get(item) if isinstance(item, NamedChain) else None
        return "" if block is None else block.name

    def _kind(self, item: Any) -> object:
        """Return a key that is equal for list members which may take the same place."""
        if isinstance(item, Repeated):
            return self._block(item.calls[0])
        if isinstance(item, NamedLayer):
            layer = self.network.layers[item.at]
            return "activation" if self._is_activation(item) else layer.word
        return self._block(item) or type(item).__name__

    def _is_activation(self, item: NamedLayer) -> bool:
        layer = self.network.layers[item.at]
        op = self.network.graph.nodes[layer.end].op
        return op.category == "activation" and layer.arguments is EMPTY and layer.again is None

    def _member(self, column: Any, flows: Flows, chains: Chains, numbered: bool) -> Any:
        """Return the layer in one place, with ``when`` if some of ``chains`` have no layer there."""
        kind: type = agreed(type(item) for item in column.values())
        if kind is Repeated:
            layer = self._repeated(column, flows, chains)
        elif kind is Summed:
            layer = self._residual(column, flows, chains, numbered)
        elif kind is NamedLayer:
            layer = self._layer(column, flows, chains)
        else:
            layer = self._inner(column, flows, chains, numbered)
        if len(column) == len(chains):
            return layer
        item = next(iter(column.values()))
        follows = not isinstance(item, NamedLayer) or self._has_parameters(item)
        beside = {"when": self._flag(self._called(column), column, chains, follows=follows)}
        if isinstance(layer, BlockCall):
            return layer._replace(beside={**layer.beside, **beside})
        in_words = isinstance(layer, dict) and (kind is not NamedChain or "chain" in layer)
        return type(layer)(layer | beside) if in_words else Members(chain=layer, **beside)

    def _has_parameters(self, item: NamedLayer) -> bool:
        graph = self.network.graph
        node = graph.nodes[self.network.layers[item.at].end]
        return bool(node.op.parameters(graph.input_shapes(node)))

    def _called(self, column: Any) -> str:
        """Return the stem for the names of params about ``column``: its key, or if that is a number, its word or
        block.
        """
        item = next(iter(column.values()))
        key = str(item.key).rpartition(".")[2]
        if not key.isdigit():
            return key
        if isinstance(item, NamedLayer):
            return "activation" if self._is_activation(item) else self.network.layers[item.at].word
        words = re.findall("[A-Z][a-z0-9]*", self._block(item.calls[0] if isinstance(item, Repeated) else item))
        return (words[0] if len(words) == 1 else "".join([word[0] for word in words])).lower() if words else ""

    def _flag(self, key: str, column: Mapping[int, object], chains: Chains, *, follows: bool = True) -> Any:
        """Return a condition for the presence of ``column`` in a chain.

        With ``follows`` it may be derived from numbers.
        """
        there = [
            number in column if number in chains else MISSING
            for number, same_chains in enumerate(self.variants)
            for _ in same_chains
        ]
        return self.numbers.flag(key, tuple(there), follows=follows)

    def _residual(self, column: dict[int, Summed], flows: Flows, chains: Chains, numbered: bool) -> Members:
        inside = {number: chains[number] for number in column}
        into = {number: flows[number] for number in column}
        main = self._laid_out({number: item.main for number, item in column.items()}, into, inside, numbered)
        written = Members(residual=main)
        if any(item.shortcut for item in column.values()):
            shortcuts = {number: item.shortcut for number, item in column.items()}
            written["shortcut"] = self._laid_out(shortcuts, into, inside, numbered)
        added = {number: item for number, item in column.items() if item.at is not None}
        if len(added) < len(column):
            written["shortcut_when"] = self._flag("shortcut", added, inside)
        return written

    def _inner(self, column: Chains, flows: Flows, outer: Chains, numbered: bool) -> Any:
        """Return a chain inside a chain, as a call of its block or as its layers."""
        beside: dict[str, Any] = {}
        into = {number: flows[number] if chain.entry is None else chain.entry for number, chain in column.items()}
        is_called = any(chain.again or chain in self.network.block_of for chain in column.values())
        if is_called and agreed(len(chain.inputs) > 1 for chain in column.values()):
            beside["from"] = agreed(
                [self._name(number, each, outer[number]) for each in chain.inputs] for number, chain in column.items()
            )
        elif any(into[number] != flows[number] for number in column):
            beside["from"] = agreed(self._name(number, into[number], outer[number]) for number in column)
        if agreed(chain.training_only and not outer[number].training_only for number, chain in column.items()):
            beside["training_only"] = True
        if any(chain.again for chain in column.values()):
            names = [self.network.wiring.again(chain.again, self._reader(number, outer[number]), chain.name)
                     for number, chain in column.items()]  # fmt: skip
            return {"again": agreed(names), **beside}
        call = self._call(column, beside)
        if call is not None:
            return call
        layers = self._chain(column, into)
        bare = not beside and (not numbered or isinstance(layers, Rows))
        return layers if bare and _is_chain(layers) else Members(chain=layers, **beside)

    def _call(self, column: Chains, beside: dict[str, Any]) -> BlockCall | None:
        """Return a call of the block of ``column``, or None if not all of the chains have that block there."""
        block = self.network.block_of.get(next(iter(column.values())))
        if block is None:
            return None
        starts = self._in_each(column, lambda chain: chain.start)
        if not all(start is MISSING or start in block.numbers for start in starts):
            return None
        key = self._called(column)
        arguments = []
        for param in block.params:
            values = [MISSING if start is MISSING else param.values[block.numbers[start]] for start in starts]
            arguments.append(self.numbers.written(Number(param.name, _default(param), tuple(values), key)))
        return BlockCall(block.name, block.params, tuple(arguments), beside)

    def _in_each(self, column: Mapping[int, Any], start: Callable[[Any], int]) -> list[Any]:
        """Return the index of the layer at ``start`` of the item in ``column``, for every chain.

        MISSING if it has no such item.
        """
        found: list[Any] = []
        for number, chains in enumerate(self.variants):
            item = column.get(number)
            for chain in chains:
                found.append(MISSING if item is None else start(item) - chains[0].start + chain.start)
        return found

    def _repeated(self, column: dict[int, Repeated], flows: Flows, outer: Chains) -> dict[str, Any]:
        """Return calls of one block in a row as one layer with repeat.

        The number of calls may differ between chains.
        """
        block = self.network.block_of[next(iter(column.values())).calls[0]]
        if any(call.again or call.training_only or call.entry is None for run in column.values() for call in run.calls):
            raise Differs
        if all(_in_a_row(run, flows[number]) for number, run in column.items()):
            beside = {}
        else:
            entries = {number: agreed(call.entry for call in run.calls) for number, run in column.items()}
            names = [self._name(number, entry, outer[number]) for number, entry in entries.items() if entry is not None]
            beside = {"from": agreed(names)}
        rows: list[Any] = []
        for number, chains in enumerate(self.variants):
            calls = column[number].calls if number in column else ()
            for chain in chains:
                offset = chain.start - chains[0].start
                rows.append([block.numbers.get(call.start + offset) for call in calls])
        if any(place is None for row in rows for place in row):
            raise Differs
        values = [[[param.values[place] for place in row] for row in rows] for param in block.params]
        changing = [any(row != row[:1] * len(row) for row in of_param) for of_param in values]
        if sum(changing) > _MOST_CHANGES:
            raise Differs
        arguments = {}
        for param, of_param in zip(block.params, values, strict=True):
            arguments[param.name] = self._pattern(param, of_param)
        times = self.numbers.written(Number("depth", None, tuple([len(row) if row else MISSING for row in rows])))
        layer = BlockCall(block.name, block.params, tuple(arguments.values()), beside).layer()
        return layer if times == 1 else {**layer, "repeat": times}

    def _pattern(self, param: BlockParam, rows: list[Any]) -> Any:
        """Return the value of ``param`` for calls in a row, one row per chain.

        The values are all equal, or differ in the first call or in every second one. Raises Differs otherwise.
        """

        def written(column: list[Any]) -> Any:
            if not all(isinstance(each, int) or each is MISSING for each in column):
                raise Differs
            return self.numbers.written(Number(param.name, _default(param), tuple(column)))

        firsts = [row[0] if row else MISSING for row in rows]
        if all(value == row[0] for row in rows for value in row):
            return self.numbers.written(Number(param.name, _default(param), tuple(firsts)))
        for step, test in ((0, FIRST), (2, EVERY_SECOND)):
            others = [row[1] if len(row) > 1 else MISSING for row in rows]
            pairs = [(row, row[0], row[1]) for row in rows if len(row) > 1]
            if all(value == (first if (at % step == 0 if step else at == 0) else other)
                   for row, first, other in pairs for at, value in enumerate(row)):  # fmt: skip
                one, two = written(firsts), written(others)
                return one if one == two else either(one, two, test)
        raise Differs

    def _layer(self, column: dict[int, NamedLayer], flows: Flows, outer: Chains) -> Any:
        network = self.network
        layers = {number: network.layers[item.at] for number, item in column.items()}
        first = next(iter(layers.values()))
        if first.expert and len(column) > 1:
            raise Differs
        if first.again is not None:
            names = []
            for number, layer in layers.items():
                again = "" if layer.again is None else network.graph.nodes[layer.again].name
                reader = self._reader(number, outer[number])
                names.append(network.wiring.again(again.removesuffix(".dispatch"), reader, layer.name))
            written: dict[str, Any] = {"again": agreed(names)}
        elif first.expert:
            written = {first.word: Flat(network.graph).experts(first)}
        else:
            written = self._word(column)
        if any(layer.sources not in ((), (flows[number],)) for number, layer in layers.items()):
            sources = agreed(
                self._sources(number, item, layers[number].sources, outer[number]) for number, item in column.items()
            )
            written["from"] = sources[0] if len(sources) == 1 else sources
        return written | agreed(self._beside(number, layer, outer[number]) for number, layer in layers.items())

    def _sources(self, number: int, item: NamedLayer, sources: Sequence[int], outer: NamedChain) -> list[str]:
        """Return the names for ``from``."""
        if item.siblings:
            return [self._name(number, sources[0], outer), f"{item.siblings}{{*}}"]
        return [self._name(number, source, outer) for source in sources]

    def _beside(self, number: int, layer: WrittenLayer, outer: NamedChain) -> dict[str, Any]:
        alone = layer._replace(training_only=layer.training_only and not outer.training_only)
        return beside_word(alone, lambda index: self._name(number, index, outer))

    def _name(self, number: int, index: int, outer: NamedChain) -> str:
        return self.network.wiring.name(index, self._reader(number, outer))

    def _reader(self, number: int, chain: NamedChain) -> Reader:
        return Reader(chain.name, self.firsts[number])

    def _word(self, column: dict[int, NamedLayer]) -> dict[str, Any]:
        """Return the word of a layer with its arguments."""
        graph, layers = self.network.graph, self.network.layers
        words = {layers[item.at].word for item in column.values()}
        places = self._in_each(column, lambda item: item.at)
        if len(words) > 1:
            if not all(map(self._is_activation, column.values())):
                raise Differs
            said = [MISSING if at is MISSING else layers[at].word for at in places]
            return {f"${self.numbers.written(Number('act', None, tuple(said)))}": EMPTY}
        key = self._called(column)
        ops = [MISSING if at is MISSING else graph.nodes[layers[at].end].op for at in places]
        op = next(op for op in ops if op is not MISSING)
        values = [MISSING if op is MISSING else op.values() for op in ops]
        given = {}
        for name, field_ in op.fields().items():
            of_field = tuple([each if each is MISSING else each[name] for each in values])
            number = Number(name, field_.default, of_field, key)
            structural = name in STRUCTURAL or any(isinstance(value, str) for value in of_field)
            if structural and not number.is_constant:
                raise Differs
            given[name] = self.numbers.written(number)
        return {op.word: without_defaults(op, given)}


def _in_a_row(run: Repeated, flow: int) -> bool:
    """True if each call reads the result of the call before it, and the first one reads ``flow``."""
    return [call.entry for call in run.calls] == [flow, *[call.result for call in run.calls[:-1]]]


def _default(param: BlockParam) -> Any:
    return param.default if param.has_default else EMPTY


def _is_chain(layers: Members | Rows) -> bool:
    """True if ``layers`` is a chain to the language even without ``chain:``.

    A key such as ``relu`` would be taken for a word.
    """
    return isinstance(layers, Rows) or not any(key in _TAKEN or not key[0].islower() or is_op(key) for key in layers)


_TAKEN = frozenset([*MODIFIERS, *STRUCTURES, *[key for keys in STRUCTURES.values() for key in keys]])
