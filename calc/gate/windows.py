"""Sliding windows that are as long as the context, so that they hide nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from calc.errors import SpecError
from calc.gate.snapshot import LockedLayer, Sizes, Snapshot
from calc.model.graph import Graph

WINDOW = "sliding_window"
"""The field of caches and of attention."""


def with_unlimited(of: Snapshot, graph: Graph) -> Snapshot:
    """``of``, which is of ``graph``, with the layers in it that have no window although one is written of them.

    Families write the whole context so; at another context it is another number, and a window is the same.
    """
    whole = whole_windows(of)
    if not whole or graph.at_other_context is None:
        return of._replace(unlimited=frozenset())
    try:
        other = graph.at_other_context()
    except SpecError:  # a spec may be of one context alone: then nobody knows
        return of
    windows = {node.name: node.op.values().get(WINDOW) for node in other.nodes}
    written = {row.name: row.fields.get(WINDOW) for row in of.layers}
    return of._replace(unlimited=frozenset([name for name in whole if windows.get(name) != written[name]]))


class Windows(NamedTuple):
    """``unlimited``: layers that have no window although one is written; if not ``is_known``, that may have none."""

    unlimited: frozenset[str]
    is_known: bool

    def window(self, row: LockedLayer) -> int | None:
        """The window of a layer: what is written, unless it is known to be none."""
        return None if self.is_known and row.name in self.unlimited else row.fields.get(WINDOW)


def windows_of(of: Snapshot) -> Windows:
    """The windows of a snapshot; a lock has only what is written."""
    return Windows(whole_windows(of), False) if of.unlimited is None else Windows(of.unlimited, True)


def window_moved(a: LockedLayer, b: LockedLayer, before: Windows, after: Windows) -> bool:
    """Whether a layer has another window than it had; it has not where both have none, or may have none."""
    both = a.name in before.unlimited and b.name in after.unlimited
    return not both and before.window(a) != after.window(b)


def whole_windows(of: Snapshot) -> frozenset[str]:
    """The names of the layers whose window, as it is written, is the whole context: they may have none."""
    shapes: dict[str, Sizes] = dict(of.inputs) | {row.name: row.shape for row in of.layers}
    contexts: dict[str, int] = {}
    for row in of.layers:
        if row.op == "cache" or WINDOW in row.fields:
            contexts[row.name] = _context(row, shapes, contexts)
    return frozenset([row.name for row in of.layers if row.fields.get(WINDOW) == contexts.get(row.name, 0)])


def _context(row: LockedLayer, shapes: Mapping[str, Sizes], contexts: Mapping[str, int]) -> int:
    """The tokens in all: those that a cache reads and those that were before, or those of the keys of attention.

    0 where a file that somebody wrote does not say it.
    """
    is_cache = row.op == "cache"
    read = row.inputs[:1] if is_cache else row.inputs[1:2]
    sizes = shapes.get(read[0], ()) if read else ()
    tokens = sizes[-2] if len(sizes) > 1 else 0
    past = row.fields.get("past", 0) if is_cache else 0
    return contexts.get(read[0], tokens) + past if read and type(past) is int else 0
