"""Chooses the names for ``from`` inside chains and blocks, where a name is looked up in the nearest scope first."""

from collections.abc import Iterator
from typing import NamedTuple

from calc.errors import OpError
from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.ops.base.experts import Experts
from calc.spec.header import NETWORK
from calc.spec.write.hierarchy import NamedChain, input_names


class Reader(NamedTuple):
    """The place where a name is read: in the chain with the full name ``scope``, inside ``block`` (a block or the
    network).
    """

    scope: str
    block: NamedChain


class Wiring:
    """The names of nodes in the file: their own names, and those of the chains that pass them on."""

    def __init__(self, graph: Graph, root: NamedChain) -> None:
        self.graph = graph
        self.nodes = {node.name: index for index, node in enumerate(graph.nodes)}
        self.chains: dict[str, int] = {}
        self.passing: dict[int, list[str]] = {}
        for chain in root.chains():
            self.chains[chain.name] = chain.result
            if not chain.training_only:
                self.passing.setdefault(chain.result, []).append(chain.name)
        for node in graph.nodes:
            if isinstance(node.op, Experts):
                self.chains[node.name.removesuffix(".combine")] = self.nodes[node.name]

    def name(self, index: int, reader: Reader) -> str:
        """Return the name of the node ``index`` at ``reader``.

        Raises OpError if every name means another node there.
        """
        if reader.block.name and index in reader.block.inputs:
            enters = input_names(len(reader.block.inputs))[reader.block.inputs.index(index)]
            if self._meaning(enters, reader, stop=reader.block.name) is None:
                return enters
        for name in self._names(index, reader.scope):
            for short in _shortened(name, reader):
                if self._meaning(short, reader) == index:
                    return short
        node = self.graph.nodes[index]
        raise OpError(f"{node.name} cannot be named in {reader.scope or 'the network'}", "calc write --flat can")

    def again(self, name: str, reader: Reader, own: str = "") -> str:
        """Return the name for ``again`` of the layer, experts or chain with the full ``name``, in a member called
        ``own``.
        """
        wanted = self.nodes.get(name, self.chains.get(name))
        for short in _shortened(name, reader):
            if self._meaning(short, reader, own=own) == wanted:
                return short
        raise OpError(f"{name} cannot be named in {reader.scope or 'the network'}", "calc write --flat can")

    def _names(self, index: int, scope: str) -> Iterator[str]:
        """Yield full names for the node, the shortest first.

        A chain's name is used only after the chain is complete.
        """
        inside = f"{scope}."
        yield from sorted((each for each in self.passing.get(index, ()) if not inside.startswith(f"{each}.")), key=len)
        name = self.graph.nodes[index].name
        if name in self.graph.inputs:
            yield from (name, f"{NETWORK}.{name}")
        yield name.removesuffix(".combine") if isinstance(self.graph.nodes[index].op, Experts) else name

    def _meaning(self, name: str, reader: Reader, stop: str = "", own: str = "") -> int | None:
        """Return the node that ``name`` means at ``reader``, looked up outward as far as the scope ``stop``.

        ``own`` is the full name of the reading member, which cannot mean itself.
        """
        if reader.block.name and name == UNNAMED:
            stop = reader.block.name  # further out the name means the block's input
        inputs, bare = self.graph.inputs, name.removeprefix(f"{NETWORK}.")
        if bare in inputs and (bare != name or (not reader.block.name and name != UNNAMED)):
            return inputs[bare]  # an input comes before a layer of that name
        scope = reader.scope
        while True:
            full = f"{scope}.{name}" if scope else name
            found = None if full == own else self.nodes.get(full, self.chains.get(full))
            if found is not None or scope == stop:
                return found
            scope = scope.rpartition(".")[0]


def _shortened(name: str, reader: Reader) -> Iterator[str]:
    """Yield ``name`` relative to the scopes around ``reader`` in its block, nearest first, then the full name."""
    scope = reader.scope
    while scope and len(scope) >= len(reader.block.name):
        if name.startswith(f"{scope}."):
            yield name[len(scope) + 1 :]
        scope = scope.rpartition(".")[0]
    yield name  # the full name is also found from outside the block
