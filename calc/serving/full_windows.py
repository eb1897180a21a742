"""Layers whose sliding window is just full, told apart from those that see the whole context."""

from collections.abc import Iterator

from calc.errors import SpecError
from calc.model.graph import Graph
from calc.ops.cache import Cache


def full_windows(graph: Graph) -> frozenset[str]:
    """The names of the caches in ``graph`` whose window is as long as the context.

    A spec may write the whole context as the window of a layer that has none. The two are told apart by expanding the
    spec for another context: a window stays as it is. Where nothing varies with the past, every window stays so; and
    where the spec cannot be expanded for another context, every window is taken for one.
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
    """Whether some cache of ``graph`` has a window, and not only the whole context written as one."""
    return any(window != context for _, window, context in windows(graph)) or bool(full_windows(graph))


def windows(graph: Graph) -> Iterator[tuple[str, int, int]]:
    """Each cache's name, the window that is written of it, and the context, in tokens."""
    for node in graph.nodes:
        if isinstance(node.op, Cache) and node.op.sliding_window is not None:
            yield node.name, node.op.sliding_window, node.op.past + graph.input_shapes(node)[0].sizes[-2]
