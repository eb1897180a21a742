"""Tests whether a written spec takes inputs of other sizes, and names the layers that prevent it."""

from collections.abc import Callable, Iterator

from calc.errors import OpError, SpecError
from calc.model.graph import Graph, Node, buffers, parameters
from calc.model.inputs import input_option
from calc.ops.base.input import NetworkInput
from calc.spec.expand import expand
from calc.spec.load import loads
from calc.spec.model import ModelSpec

_FACTORS = (2, 3)
_MOST_NAMED = 3

Change = Callable[[int], int]


def only_at(graph: Graph, text: str) -> str:
    """Return the reason why the spec ``text`` of ``graph`` takes no other input sizes, or empty text if it does.

    Example: ``holds at 3x224x224 only: reshape at blocks.0.attn.reshape``. The test uses inputs twice and three times
    as long on each axis but that of the channels, and then on one axis alone. The text is also empty if no axis can
    change.
    """
    own = graph.input_sizes
    if other_sizes(graph, _FACTORS[0].__mul__) == own:
        return ""
    problems: list[str] = []
    model = loads(text)
    for factor in _FACTORS:
        try:
            expand(model, input=other_sizes(graph, factor.__mul__), max_layers=len(graph.nodes))
        except SpecError as error:
            problems = problems or [_said(each.op, each.layer) for each in error.problems if each.layer]
        except OpError:
            continue
        else:
            return ""
    if next(longer_on_one_axis(graph, model, _FACTORS[0].__mul__), None) is not None:
        return ""
    named = ", ".join(dict.fromkeys(problems[:_MOST_NAMED]))
    more = len(set(problems)) - _MOST_NAMED
    return f"holds at {input_option(own)} only: {named}{f', and {more} more' if more > 0 else ''}"


def other_sizes(graph: Graph, change: Change) -> dict[str, tuple[int, ...]]:
    """Return the sizes of each input, with ``change`` applied to every axis but that of the channels."""
    return {name: _changed(graph.nodes[index], change) for name, index in graph.inputs.items()}


def longer_on_one_axis(graph: Graph, model: ModelSpec, change: Change) -> Iterator[Graph]:
    """Yield the network of ``model`` with ``change`` on one axis of its inputs, for each axis where that works.

    Any axis is tried, because the channel axis is unknown if a loop goes along it. But the network must hold the same
    tensors as ``graph``.
    """
    held = parameters(graph), buffers(graph)
    own = graph.input_sizes
    for axis in range(max(map(len, own.values()))):
        sizes = {
            name: tuple([change(size) if at == axis else size for at, size in enumerate(each)])
            for name, each in own.items()
        }
        try:
            found = expand(model, input=sizes, max_layers=len(graph.nodes))
        except (SpecError, OpError):
            continue
        if (parameters(found), buffers(found)) == held:
            yield found


def _changed(node: Node, change: Change) -> tuple[int, ...]:
    op, sizes = node.op, node.shape.sizes
    assert isinstance(op, NetworkInput)
    if op.dtype != "float32":
        return tuple([change(size) for size in sizes])
    channels = 0 if op.channels == "first" else len(sizes) - 1
    return tuple([size if axis == channels else change(size) for axis, size in enumerate(sizes)])


def _said(op: str, layer: str) -> str:
    return f"{op} at {layer}" if op else layer


def noted(text: str, note: str) -> str:
    """Return the spec ``text`` with ``note`` as a comment line, after the comment that it begins with."""
    line = f"# {''.join([each if each.isprintable() else ' ' for each in note])}\n"
    first, end, rest = text.partition("\n")
    return f"{first}{end}{line}{rest}" if first.startswith("#") else line + text
