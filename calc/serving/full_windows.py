"""Layers whose sliding window is just full, told apart from those that see the whole context."""

from collections.abc import Iterator

from calc.model.graph import Graph
from calc.ops.cache import Cache


def full_windows(graph: Graph) -> frozenset[str]:
    """The names of the caches in ``graph`` whose window is as long as the context.

    A spec may write the whole context as the window of a layer that has none. The two are told apart by expanding the
    spec for another context: a window stays as it is. Where nothing varies with the past, every window stays so.

    Raises SpecError where the spec cannot be expanded for another context.
    """
    full = {name: window for name, window, context in windows(graph) if window == context}
    if not full or graph.at_other_context is None:
        return frozenset(full)
    return frozenset([name for name, window, _ in windows(graph.at_other_context()) if full.get(name) == window])


def windows(graph: Graph) -> Iterator[tuple[str, int, int]]:
    """Each cache's name, the window that is written of it, and the context, in tokens."""
    for node in graph.nodes:
        if isinstance(node.op, Cache) and node.op.sliding_window is not None:
            yield node.name, node.op.sliding_window, node.op.past + graph.input_shapes(node)[0].sizes[-2]
