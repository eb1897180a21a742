"""Sliding windows that are as long as the context, so that they hide nothing."""

from collections.abc import Mapping

from calc.gate.snapshot import LockedLayer, Sizes, Snapshot

WINDOW = "sliding_window"
"""The field of caches and of attention."""


def whole_windows(of: Snapshot) -> frozenset[str]:
    """The names of the layers whose window is the whole context.

    Families write the context so for layers that have no window: at another context it is another number, and that is
    no edit of the layer.
    """
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
