"""What a block has expanded to, kept so that the same call again only copies it.

Two calls of a block with the same values make the same layers: their names differ in what they begin with, and
their shapes in what arrives. That holds because a body sees the params of its spec, its own and ``in``, and
nothing of its caller's; a body that reads a layer outside by ``from`` or ``shares`` is not kept.
"""

from itertools import islice
from typing import Any, NamedTuple

from calc.errors import OpError, Place
from calc.graph import Bits, Node
from calc.shape import Shapes
from calc.spec.calls import Built, typed
from calc.spec.model import Block
from calc.spec.nodes import FAILED, MAX_FULL_NAME, Nodes, output_shape
from calc.spec.values import Scope

MOST_KEPT = 10_000
"""Expansions of one block: a sweep over its values makes ever more."""
MOST_NAMES = 1_000
"""Layers and scopes of one recording. What a larger body calls is copied all the same; and blocks that call two of
the next would fill the memory."""


class _Layer(NamedTuple):
    """A node without its shape. ``sources`` count from the first layer; ``~k`` is the block's input k."""

    suffix: str
    built: Built
    sources: tuple[int, ...]
    place: Place
    shares: int | None
    bits: Bits | None


class Recording(NamedTuple):
    """The layers of one expansion, the names of its scopes, what it passes on, and the steps it took."""

    layers: tuple[_Layer, ...]
    scopes: tuple[tuple[str, int], ...]
    output: int
    steps: int


class Start(NamedTuple):
    """Where the nodes stood when an expansion began."""

    node: int
    names: int
    problems: int
    steps: int
    reached: int


def key(block: Block, scope: Scope, bits: Bits | None, depth: int) -> Any:
    """All that the layers of ``block`` depend on but shapes and names; ``scope`` is that of its body."""
    return depth, bits, typed(tuple([scope.get(name) for name in block.seen]), scope)


def start(made: Nodes, steps: int) -> Start:
    """Begin to watch what an expansion reaches."""
    reached, made.reached = made.reached, len(made.nodes)
    return Start(len(made.nodes), len(made.names), len(made.problems), steps, reached)


def record(made: Nodes, since: Start, name: str, flows: tuple[int, ...], output: int, steps: int) -> Recording | None:
    """What was made ``since``, if it can be copied: no problem, and nothing outside but ``flows`` was reached."""
    reached, made.reached = made.reached, min(made.reached, since.reached)
    first, length = since.node, len(name)
    if reached < first or len(made.names) - since.names > MOST_NAMES:
        return None
    if len(made.problems) > since.problems or output == FAILED:
        return None
    inside = {flow: ~k for k, flow in enumerate(flows)}
    inside |= {index: index - first for index in range(first, len(made.nodes))}
    layers = [
        _Layer(
            node.name[length:],
            built,
            tuple([inside[source] for source in node.inputs]),
            node.place,
            None if node.shares is None else inside[node.shares],
            node.bits,
        )
        for node, built in zip(made.nodes[first:], made.built[first:], strict=True)
    ]
    scopes = [
        (full[length:], inside[index])
        for full, index in islice(reversed(made.names.items()), len(made.names) - since.names)
        if index < first or made.nodes[index].name != full
    ]
    return Recording(tuple(layers), tuple(scopes), inside[output], steps - since.steps)


def keep(block: Block, key: Any, recording: Recording) -> None:
    """Let ``recording`` stand for ``key``."""
    if len(block.recordings) >= MOST_KEPT:
        block.recordings.clear()
    block.recordings[key] = recording


def replay(made: Nodes, recording: Recording, name: str, flows: tuple[int, ...]) -> int | None:
    """The output of the layers of ``recording`` under ``name``; None, and nothing made, where one does not fit.

    What it does a layer is what ``Nodes.add`` does, without what only an error message needs.
    """
    nodes, names, first = made.nodes, made.names, len(made.nodes)
    made.budget.check_layers(first + len(recording.layers))
    try:
        for suffix, built, sources, place, shares, bits in recording.layers:
            inputs = tuple([first + k if k >= 0 else flows[~k] for k in sources])
            shapes: Shapes
            if len(inputs) == 1:
                source = nodes[inputs[0]]
                shapes, batched = (source.shape,), source.batched
            else:
                shapes = tuple([nodes[index].shape for index in inputs])
                batched = True in [nodes[index].batched for index in inputs]
            shape = built.shapes.get(shapes)
            if shape is None:
                shape = output_shape(built.op, shapes)
                built.remember(shapes, shape)
            full = name + suffix
            if full in names or len(full) > MAX_FULL_NAME:
                raise OpError(full)
            names[full] = index = len(nodes)
            if not inputs:
                made.unread.add(index)
            tied = None if shares is None else first + shares
            nodes.append(Node(full, built.op, inputs, shape, place, batched, False, tied, bits))
            made.built.append(built)
        if any(name + suffix in names for suffix, _ in recording.scopes):
            raise OpError(name)
    except OpError:  # the walk comes to the same layers again, and says where
        for node in nodes[first:]:
            del names[node.name]
        del nodes[first:], made.built[first:]
        return None
    for suffix, k in recording.scopes:
        names[name + suffix] = first + k if k >= 0 else flows[~k]
    return first + recording.output if recording.output >= 0 else flows[~recording.output]
