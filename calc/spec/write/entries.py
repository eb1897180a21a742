"""Turns the layers of a network into members of a chain: one for each node, or one for all nodes of an ``experts``."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from calc.errors import OpError, Problem, SpecError
from calc.model.graph import Bits, Graph, Node
from calc.ops.base import Op
from calc.ops.base.experts import Dispatch
from calc.ops.base.fields import Field
from calc.spec.values import is_layer_name
from calc.spec.write.text import EMPTY
from calc.spec.write.ties import first_experts, first_run, shared_by

_MEANT_AS_NUMBER = ("normalized_axes",)
"""Fields that are written with their name even alone. A bare number would be read as PyTorch's sizes."""

_LAST = ("groups", "bias")
"""Fields that come after all others, as in PyTorch."""


class WrittenLayer(NamedTuple):
    """A member of a chain in file form. ``nodes`` are the nodes that it stands for; the last one is its output.

    ``word`` and ``arguments`` are as written, with EMPTY for no arguments. ``sources`` are the nodes that it reads.
    ``expert`` has the members of an expert. ``shares`` and ``again`` are nodes that it names. ``bits`` is the value of
    ``bits:``. ``around`` has bits that can only be written around this and other layers.
    """

    name: str
    nodes: range
    word: str
    arguments: Any
    sources: tuple[int, ...]
    expert: "tuple[WrittenLayer, ...]" = ()
    shares: int | None = None
    again: int | None = None
    bits: Any = None
    around: Bits | None = None
    training_only: bool = False

    @property
    def end(self) -> int:
        """The node of its output."""
        return self.nodes[-1]

    @property
    def flows(self) -> bool:
        """True if the next member reads it by default. False if it has no inputs or is not run."""
        return bool(self.sources) and not self.training_only


def entries_of(graph: Graph) -> tuple[WrittenLayer, ...]:
    """Return the members of the whole network in order.

    Raises SpecError with each layer that the language cannot express.
    """
    problems: list[Problem] = []
    found = _entries(graph, range(len(graph.inputs), len(graph.nodes)), problems)
    if problems:
        raise SpecError(problems)
    return found


def _entries(graph: Graph, nodes: range, problems: list[Problem]) -> tuple[WrittenLayer, ...]:
    found: list[WrittenLayer] = []
    experts: list[range] = []
    at = nodes.start
    while at < nodes.stop:
        node = graph.nodes[at]
        try:
            if isinstance(node.op, Dispatch):
                entry = _experts(graph, at, experts, problems)
                experts.append(entry.nodes)
            else:
                entry = _layer(graph, at)
            _check_name(entry.name, node)
            found.append(entry)
            at = entry.nodes.stop
        except OpError as error:
            problems.append(Problem(None, error.fact, error.hint, node.name, node.op.word))
            at += 1
    return tuple(found)


def _layer(graph: Graph, index: int) -> WrittenLayer:
    node = graph.nodes[index]
    if node.fused:
        raise OpError(
            "it is fused with the layer that it reads", "write the network from before calc deploy fused layers"
        )
    if node.resting:
        raise OpError("it is not run in this call", "if past=0 does not run it either, extend the spec by its name")
    entry = WrittenLayer(
        node.name, range(index, index + 1), *layer_of(node.op), node.inputs, training_only=node.training_only
    )
    if node.again:
        return entry._replace(again=first_run(graph, index))
    shares = shared_by(graph, index) if node.tied else None
    bits, around = _bits(node)
    return entry._replace(shares=shares, bits=bits, around=around)


def _experts(graph: Graph, index: int, earlier: list[range], problems: list[Problem]) -> WrittenLayer:
    """Return the experts that begin with the node ``index``, which sends tokens to them."""
    dispatch = graph.nodes[index]
    group = dispatch.experts
    assert group is not None
    end = next(each for each in range(index, len(graph.nodes)) if graph.nodes[each].name == f"{group.name}.combine")
    combine, nodes = graph.nodes[end], range(index, end + 1)
    entry = WrittenLayer(group.name, nodes, *layer_of(combine.op), dispatch.inputs, training_only=combine.training_only)
    if combine.again:
        return entry._replace(again=first_experts(graph, nodes, earlier).start)
    inside = _entries(graph, range(index + 1, end), problems)
    expert = tuple([each._replace(training_only=False) for each in inside])  # written once, on the experts as a whole
    flow = index
    for each in expert:
        flow = each.end if each.flows else flow
    if flow != combine.inputs[0]:
        returned = graph.nodes[combine.inputs[0]].name
        raise OpError(
            f"its experts return {returned}, which is not their last layer",
            "an expert must end with the layer that it returns",
        )
    return entry._replace(expert=expert)


def layer_of(op: Op) -> tuple[str, Any]:
    """Return the word of ``op`` and its arguments."""
    return op.word, without_defaults(op, op.values())


def without_defaults(op: Op, values: Mapping[str, Any]) -> Any:
    """Return the ``values`` of the fields of ``op`` that differ from the defaults.

    The first field alone is written bare.
    """
    fields = op.fields()
    given = {name: value for name, value in values.items() if not _is_default(fields[name], value)}
    if not given:
        return EMPTY
    (first, *others) = given
    if not others and first == next(iter(fields)) and given[first] is not None and first not in _MEANT_AS_NUMBER:
        return given[first]
    return dict(sorted(given.items(), key=lambda item: _LAST.index(item[0]) if item[0] in _LAST else -1))


def _is_default(field: Field, value: object) -> bool:
    return type(value) is type(field.default) and value == field.default


def _bits(node: Node) -> tuple[Any, Bits | None]:
    """Return the value of ``bits:`` for the layer, and bits that must be written around it because it cannot have its
    own.
    """
    bits = node.bits
    if node.part_formats:
        parts = {name: bits_value(format_.name) for name, format_ in node.part_formats.items()}
        widest = max([format_.code_bits for format_ in node.part_formats.values()])
        return parts, None if bits is None or bits == Bits(widest, widest) else bits
    if bits is None:
        return None, None
    if node.op.no_macs and node.held_format is None:
        return None, bits
    return bits_value(str(bits)), None


def bits_value(text: str) -> int | str:
    """Return ``8``, ``w4a8`` or the name of a format in the form that ``bits:`` takes."""
    return int(text) if text.isdigit() else text


def _check_name(name: str, node: Node) -> None:
    if name.startswith(f"{node.experts.name}.*") if node.experts else False:
        name = name.partition("*")[2][1:] or "expert"
    if not is_layer_name(name):
        raise OpError(f"'{name[:60]}' is not a name", "a name is at most 200 letters, digits, _ and -, joined by dots")
