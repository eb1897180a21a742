"""Layers whose sliding window is just full, told apart from those that see the whole context."""

from collections.abc import Iterator, Mapping
from typing import Any

from calc.model.graph import Graph
from calc.ops.cache import Cache
from calc.spec.expand import expand
from calc.spec.given import InputSizes
from calc.spec.model import ModelSpec
from calc.spec.phases import PAST
from calc.spec.scopes import top_scope


def full_windows(
    model: ModelSpec,
    params: Mapping[str, Any] | None,
    input: InputSizes | None,  # noqa: A002  # the word of the language
    max_layers: int | None,
    graph: Graph,
) -> frozenset[str]:
    """The names of the caches in ``graph`` whose window is as long as the context.

    A spec may write the whole context as the window of a layer that has none. The two are told apart by expanding
    ``model``, with the same ``params``, ``input`` and ``max_layers`` as ``graph``, for another context: a window stays
    as it is. In a spec without the param ``past`` every window stays so.

    Raises SpecError where ``model`` cannot be expanded for one token of the past fewer, or for a first one.
    """
    full = {name: window for name, window, context in _windows(graph) if window == context}
    if not full or PAST not in model.parameters:
        return frozenset(full)
    past = top_scope(model, params or {})[PAST]
    other = expand(model, {**(params or {}), PAST: past - 1 if past else 1}, input, max_layers)
    return frozenset([name for name, window, _ in _windows(other) if full.get(name) == window])


def _windows(graph: Graph) -> Iterator[tuple[str, int, int]]:
    """Each cache's name, the window that is written of it, and the context, in tokens."""
    for node in graph.nodes:
        if isinstance(node.op, Cache) and node.op.sliding_window is not None:
            yield node.name, node.op.sliding_window, node.op.past + graph.input_shapes(node)[0].sizes[-2]
