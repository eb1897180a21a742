"""The convolutions in shortcuts, called downsample in ResNet, which a published number may leave out."""

from calc.model.graph import Graph
from calc.ops.conv import Convolution

LONGEST = 64
"""The largest number of layers in a path to a sum."""


def shortcuts(graph: Graph) -> frozenset[int]:
    """Return the layers of a shortcut: the shorter of two paths into a sum, with a single 1×1 convolution.

    The other path has more convolutions. The norm after the convolution belongs to the shortcut.
    """
    found: set[int] = set()
    for node in graph.nodes:
        if node.op.word != "add" or len(node.inputs) != 2:
            continue
        first, second = (_way(graph, index) for index in node.inputs)
        met = set(first) & set(second)
        ways = [[index for index in way if index not in met] for way in (first, second)]
        ways.sort(key=lambda way: len(_convolutions(graph, way)))
        short, long = (_convolutions(graph, way) for way in ways)
        if len(short) == 1 < len(long) and _is_pointwise(graph, short[0]):
            found.update(ways[0])
    return frozenset(found)


def _way(graph: Graph, index: int) -> list[int]:
    """Return the layers before ``index`` up to the next one with several inputs."""
    way = [index]
    while len(graph.nodes[way[-1]].inputs) == 1 and len(way) < LONGEST:
        way.append(graph.nodes[way[-1]].inputs[0])
    return way


def _convolutions(graph: Graph, way: list[int]) -> list[int]:
    return [index for index in way if graph.nodes[index].op.word.startswith("conv")]


def _is_pointwise(graph: Graph, index: int) -> bool:
    op = graph.nodes[index].op
    return isinstance(op, Convolution) and set(op.per_axis("kernel_size", op.rank)) == {1}
