"""Moves the cuts between paired layers to the borders of blocks, so that whole blocks are added or removed."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from calc.gate.snapshot import LockedLayer

Pairs = list[tuple[int | None, int | None]]
"""Indices before and after, in order. An added layer has ``None`` before, and a removed one ``None`` after."""


def at_borders(before: Sequence[LockedLayer], after: Sequence[LockedLayer], pairs: Pairs) -> Pairs:
    """Return ``pairs`` with each run of removed layers, then of added ones, moved to where it splits the fewest names.

    A run moves past layers that differ from those at its other end only in one part of their names.
    """
    pairs = _slid(before, after, pairs)
    return [(i, j) for j, i in _slid(after, before, [(j, i) for i, j in pairs])]


def renumbered(a: str, b: str) -> bool:
    """Return True if the names differ in exactly one of their parts."""
    parts = a.split("."), b.split(".")
    return len(parts[0]) == len(parts[1]) and sum([x != y for x, y in zip(*parts, strict=True)]) == 1


def _slid(rows: Sequence[LockedLayer], others: Sequence[LockedLayer], pairs: Pairs) -> Pairs:
    """Return ``pairs`` with the runs of ``rows`` that have no partner moved."""
    partner = [j for i, j in pairs if i is not None]
    end = 0
    while end < len(rows):
        start = end
        while start < len(rows) and partner[start] is not None:
            start += 1
        end = start
        while end < len(rows) and partner[end] is None:
            end += 1
        size, shifts = end - start, [0, *_shifts(rows, others, partner, start, end)]
        shift = min((_depth(rows, start + by) + _depth(rows, end + by), abs(by), by) for by in shifts)[2]
        for row in [*range(start, start + shift), *range(start - 1, start + shift - 1, -1)]:
            gone, kept = (row, row + size) if shift < 0 else (row + size, row)
            partner[kept], partner[gone] = partner[gone], None
        end += max(shift, 0)
    return _paired(partner, len(others))


def _shifts(
    rows: Sequence[LockedLayer], others: Sequence[LockedLayer], partner: Sequence[int | None], start: int, end: int
) -> Iterator[int]:
    """Yield the distances by which the run from ``start`` to ``end`` may move up (negative) and down."""
    size = end - start
    if size:
        for row in range(start - 1, -1, -1):
            if not _alike(rows[row + size], others, partner[row]):
                break
            yield row - start
        for row in range(start, len(rows) - size):
            if not _alike(rows[row], others, partner[row + size]):
                break
            yield row + 1 - start


def _paired(partner: Sequence[int | None], others: int) -> Pairs:
    pairs: Pairs = []
    done = 0
    for row, index in enumerate(partner):
        if index is not None:
            pairs += [(None, added) for added in range(done, index)]
            done = index + 1
        pairs.append((row, index))
    return pairs + [(None, added) for added in range(done, others)]


def _alike(row: LockedLayer, others: Sequence[LockedLayer], index: int | None) -> bool:
    if index is None:
        return False
    other = others[index]
    same = row.op == other.op and row.shape == other.shape and row.fields == other.fields
    return same and (row.name == other.name or renumbered(row.name, other.name))


def _depth(rows: Sequence[LockedLayer], index: int) -> int:
    """Return how many parts the names on both sides of a cut before ``index`` have in common at their beginning."""
    if not 0 < index < len(rows):
        return 0
    names = zip(rows[index - 1].name.split("."), rows[index].name.split("."), strict=False)
    return len([*takewhile(lambda parts: parts[0] == parts[1], names)])
