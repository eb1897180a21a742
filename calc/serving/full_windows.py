"""Tells sliding windows from layers that attend to the whole context, if the window is exactly as long as the context.

A spec may write both in the same way.
"""

from collections.abc import Iterator

from calc.errors import SpecError
from calc.model.graph import Graph
from calc.ops.cache import Cache


def full_windows(graph: Graph) -> frozenset[str]:
    """Return the names of the caches in ``graph`` whose sliding window is exactly as long as the context.

    A spec may write the length of the context as the window of a layer that has none. To tell the two apart, the spec
    is expanded for another context: a real window keeps its length. If nothing in the spec depends on the past, every
    window keeps its length and counts as real. If the spec cannot be expanded for another context, every window counts
    as real too.
    """
    full = {name: window for name, window, context in windows(graph) if window == context}
    if not full or graph.at_other_context is None:
        return frozenset(full)
    try:
        other = graph.at_other_context()
    except SpecError:
        return frozenset(full)
    return frozenset([name for name, window, _ in windows(other) if full.get(name) == window])


def has_windows(graph: Graph) -> bool:
    """Return whether a cache of ``graph`` has a real window, not the whole context written as a window."""
    return any(window != context for _, window, context in windows(graph)) or bool(full_windows(graph))


def windows(graph: Graph) -> Iterator[tuple[str, int, int]]:
    """Yield for each cache with a window its name, the length of the window and the length of the context in
    tokens.
    """
    for node in graph.nodes:
        if isinstance(node.op, Cache) and node.op.sliding_window is not None:
            yield node.name, node.op.sliding_window, node.op.past + graph.input_shapes(node)[0].sizes[-2]
