"""Finds sliding windows that are as long as the context, which hide nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from calc.errors import SpecError
from calc.gate.snapshot import LockedLayer, Sizes, Snapshot
from calc.model.graph import Graph

WINDOW = "sliding_window"
"""The name of the field of caches and of attention."""


def with_unlimited(of: Snapshot, graph: Graph) -> Snapshot:
    """Return ``of``, a snapshot of ``graph``, with its layers that have no window although one is written.

    Some families write the whole context as the window. At another context this number differs, and a true window does
    not.
    """
    whole = whole_windows(of)
    if not whole or graph.at_other_context is None:
        return of._replace(unlimited=frozenset())
    try:
        other = graph.at_other_context()
    except SpecError:  # a spec for one context only, so it is not known
        return of
    windows = {node.name: node.op.values().get(WINDOW) for node in other.nodes}
    written = {row.name: row.fields.get(WINDOW) for row in of.layers}
    return of._replace(unlimited=frozenset([name for name in whole if windows.get(name) != written[name]]))


class Windows(NamedTuple):
    """``unlimited`` has layers without a window although one is written.

    They only may have none if not ``is_known``.
    """

    unlimited: frozenset[str]
    is_known: bool

    def window(self, row: LockedLayer) -> int | None:
        """Return the window of a layer as it is written, or None if the layer is known to have none."""
        return None if self.is_known and row.name in self.unlimited else row.fields.get(WINDOW)


def windows_of(of: Snapshot) -> Windows:
    """Return the windows of a snapshot. A lock has only those that are written."""
    return Windows(whole_windows(of), False) if of.unlimited is None else Windows(of.unlimited, True)


def window_moved(a: LockedLayer, b: LockedLayer, before: Windows, after: Windows) -> bool:
    """Return True if the window of a layer changed. If it may have none both before and after, it did not change."""
    both = a.name in before.unlimited and b.name in after.unlimited
    return not both and before.window(a) != after.window(b)


def whole_windows(of: Snapshot) -> frozenset[str]:
    """Return the names of the layers whose written window is the whole context, so that they may have none."""
    shapes: dict[str, Sizes] = dict(of.inputs) | {row.name: row.shape for row in of.layers}
    contexts: dict[str, int] = {}
    for row in of.layers:
        if row.op == "cache" or WINDOW in row.fields:
            contexts[row.name] = _context(row, shapes, contexts)
    return frozenset([row.name for row in of.layers if row.fields.get(WINDOW) == contexts.get(row.name, 0)])


def _context(row: LockedLayer, shapes: Mapping[str, Sizes], contexts: Mapping[str, int]) -> int:
    """Return the number of tokens that a cache holds after reading, or of the keys of attention.

    The result is 0 if a file that somebody wrote does not say it.
    """
    is_cache = row.op == "cache"
    read = row.inputs[:1] if is_cache else row.inputs[1:2]
    sizes = shapes.get(read[0], ()) if read else ()
    tokens = sizes[-2] if len(sizes) > 1 else 0
    past = row.fields.get("past", 0) if is_cache else 0
    return contexts.get(read[0], tokens) + past if read and type(past) is int else 0
