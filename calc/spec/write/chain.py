"""Writes the members of a chain as values for the file: words, modifiers, and ``from`` where it is needed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calc.errors import Problem, SpecError
from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch, Experts
from calc.spec.header import NETWORK
from calc.spec.write.entries import WrittenLayer, bits_value
from calc.spec.write.groups import Together, put_together
from calc.spec.write.text import EMPTY, Members, Rows

NameOf = Callable[[int], str]


class Flat(NamedTuple):
    """Writes each layer under its full name. Layers of an expert go under the part of the name after ``prefix``."""

    graph: Graph
    prefix: str = ""

    def chain(self, entries: Sequence[WrittenLayer], flow: int) -> Any:
        """Return the chain of ``entries``, whose input is the node ``flow``.

        Raises SpecError if they cannot be written.
        """
        groups = put_together(self.graph, entries)
        if len(groups) == 1 and groups[0].bits is None and not groups[0].training_only:
            return self._members(groups[0], flow)
        found = Rows()
        for group in groups:
            found.append(self._spliced(group, flow))
            flow = flow_after(group, flow)
        return found if groups else Members()

    def _spliced(self, group: Together, flow: int) -> Members:
        members: Any = (
            Rows() if group.members and isinstance(group.members[0], Together) else self._members(group, flow)
        )
        if isinstance(members, Rows):
            for inner in group.members:
                assert isinstance(inner, Together)
                members.append(self._spliced(inner, flow))
                flow = flow_after(inner, flow)
        around: dict[str, Any] = {} if group.bits is None else {"bits": bits_value(str(group.bits))}
        return Members(splice=members, **around, **({"training_only": True} if group.training_only else {}))

    def _members(self, group: Together, flow: int) -> Members:
        found = Members()
        for entry in group.members:
            assert isinstance(entry, WrittenLayer)  # the members of a group are all layers or all groups
            alone = self._alone(entry, group)
            found[entry.name.removeprefix(self.prefix)] = self._member(alone, flow)
            flow = entry.end if alone.flows else flow
        return found

    def _alone(self, entry: WrittenLayer, group: Together) -> WrittenLayer:
        """Return ``entry`` without the modifiers that are written around ``group``."""
        if group.bits is not None and entry.bits == bits_value(str(group.bits)):
            has_macs = not self.graph.nodes[entry.end].op.no_macs
            entry = entry._replace(bits=None if has_macs else entry.bits)
        return entry._replace(training_only=False) if group.training_only else entry

    def _member(self, entry: WrittenLayer, flow: int) -> Any:
        arguments = self.experts(entry) if entry.expert else entry.arguments
        layer: dict[str, Any] = {entry.word: arguments} if entry.again is None else {"again": self._first(entry.again)}
        if entry.sources not in ((), (flow,)):
            names = [self.name_of(source) for source in entry.sources]
            layer["from"] = names[0] if len(names) == 1 else names
        layer |= beside_word(entry, self.name_of)
        return entry.word if layer == {entry.word: EMPTY} else layer

    def experts(self, entry: WrittenLayer) -> Members:
        """Return the arguments of ``experts``."""
        return Members(expert=self._expert(entry), **({} if entry.arguments is EMPTY else entry.arguments))

    def _expert(self, entry: WrittenLayer) -> Any:
        """Return the layers of one expert. They can refer to the node that sends them tokens."""
        inner = f"{entry.name}.*"
        first = entry.expert[0]
        if first.name == inner:
            alone = {first.word: first.arguments, **beside_word(first, self.name_of)}
            return first.word if alone == {first.word: EMPTY} else alone
        return {"chain": Flat(self.graph, f"{inner}.").chain(entry.expert, entry.nodes[0])}

    def _first(self, index: int) -> str:
        """Return the name for ``again`` of the node ``index``. For experts that is their first node."""
        name = self.name_of(index)
        return name.removesuffix(".dispatch") if isinstance(self.graph.nodes[index].op, Dispatch) else name

    def name_of(self, index: int) -> str:
        """Return the name for ``from`` of the node ``index``.

        Raises SpecError if the name would mean something else.
        """
        node = self.graph.nodes[index]
        if node.name.startswith(f"{NETWORK}.") and node.name.partition(".")[2] in self.graph.inputs:
            fact = f"the name {node.name} in from: would mean an input of the network, not this layer"
            raise SpecError([Problem(None, fact, "give the layer another name", node.name, node.op.word)])
        name = node.name.removesuffix(".combine") if isinstance(node.op, Experts) else node.name
        token = f"{self.prefix.removesuffix('*.')}dispatch"
        if self.prefix and name == token and all(each.name != f"{self.prefix}dispatch" for each in self.graph.nodes):
            return "dispatch"  # the short name, because each run of the experts has its own node
        return name.removeprefix(self.prefix)


def beside_word(entry: WrittenLayer, name_of: NameOf) -> dict[str, Any]:
    """Return the modifiers of ``entry`` except ``from``."""
    found: dict[str, Any] = {}
    if entry.shares is not None:
        found["shares"] = name_of(entry.shares)
    if entry.bits is not None:
        found["bits"] = entry.bits
    if entry.training_only:
        found["training_only"] = True
    return found


def flow_after(group: Together, flow: int) -> int:
    """Return the output node of ``group``, whose input is the node ``flow``."""
    if group.training_only:
        return flow
    for member in group.members:
        assert isinstance(member, WrittenLayer)  # only a training_only group contains groups
        flow = member.end if member.flows else flow
    return flow
