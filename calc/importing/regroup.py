"""Finds the op that gives a tensor other sizes, in a form that allows other input sizes where that is right."""

from collections.abc import Sequence
from math import prod
from typing import Any

Sizes = Sequence[int]


def regroup(sizes: Sizes, wanted: Sizes) -> tuple[str, dict[str, Any]] | None:
    """Return the op and fields that change ``sizes`` of one sample to ``wanted``; None if they are equal.

    Several axes that become one are a ``flatten``, and removed ones a ``squeeze``. Everything else is a ``reshape``,
    with 0 for axes that keep their place, and -1 for the first of the others if it is the only one or takes what is
    left of an axis.
    """
    sizes, wanted = tuple(sizes), tuple(wanted)
    if sizes == wanted:
        return None
    if not wanted:
        return "squeeze", {"dim": tuple(range(1, len(sizes) + 1)) if len(sizes) > 1 else 1}
    merged = _merged(sizes, wanted)
    if merged is not None:
        start, stop = merged
        fields = {} if start == 0 else {"start_dim": start + 1}
        return "flatten", fields if stop == len(sizes) else {"start_dim": start + 1, "end_dim": stop}
    shape = list(wanted)
    kept = _kept(sizes, wanted)
    shape[:kept] = [0] * kept
    if len(shape) == kept + 1 and shape[kept] != 1:
        shape[kept] = -1
    elif all(size == 1 for size in shape[kept + 1 :]) and kept < len(shape) and prod(sizes[kept:]) == shape[kept]:
        shape[kept] = -1 if shape[kept] != 1 else 1
    return "reshape", {"shape": tuple(shape)}


def _merged(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the first and the last of the axes that are merged, if all other axes stay; otherwise None."""
    gone = len(sizes) - len(wanted)
    if gone < 1:
        return None
    for start in range(len(wanted)):
        stop = start + gone + 1
        if (*sizes[:start], prod(sizes[start:stop]), *sizes[stop:]) == wanted:
            return start, stop
    return None


def _kept(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    """Return the number of leading axes that stay."""
    for kept, (size, want) in enumerate(zip(sizes, wanted, strict=False)):
        if size != want:
            return kept
    return min(len(sizes), len(wanted))
