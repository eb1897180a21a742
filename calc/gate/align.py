"""Pairs the layers of two networks, first by name, then by shape and position."""

from collections.abc import Sequence

from calc.gate.borders import Pairs, at_borders, renumbered
from calc.gate.snapshot import LockedLayer

GAP = 12
RENUMBERED = 1
OTHER_NAME = 20
OTHER_SHAPE = 5
OTHER_FIELDS = 6
OTHER_OP = 18
"""The cost of each difference within a pair.

Leaving both layers unpaired costs 2 · GAP. A name with one other part is the cheapest, because one more layer in a
numbered list renames all layers after it.
"""

_NEVER = 2 * GAP + 1
MAX_CELLS = 4_000_000
"""The largest number of layers before × layers after that are compared. Larger networks are paired by name alone."""


def align(before: Sequence[LockedLayer], after: Sequence[LockedLayer]) -> Pairs:
    """Return the cheapest pairing that keeps the order of both networks, with its cuts moved to the borders of blocks.

    A pair with different names has the same op, and the same output shape or fields. If more than one part of the name
    differs, it has both.
    """
    if [row.name for row in before] == [row.name for row in after]:
        return [(index, index) for index in range(len(before))]
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    inner = range(start, len(before) - end), range(start, len(after) - end)
    is_small = len(inner[0]) * len(inner[1]) <= MAX_CELLS
    pairs = [
        *[(index, index) for index in range(start)],
        *(_by_cost if is_small else _by_name)(before, after, *inner),
        *[(len(before) - back, len(after) - back) for back in range(end, 0, -1)],
    ]
    return at_borders(before, after, pairs) if is_small else pairs


def _by_cost(before: Sequence[LockedLayer], after: Sequence[LockedLayer], rows: range, columns: range) -> Pairs:
    """Return the pairs with the smallest edit distance.

    It is computed from the end, so that the pairs are found in order.
    """
    width = len(columns)
    costs = [[GAP * (width - column) for column in range(width + 1)]]
    for index in reversed(rows):
        row, below = before[index], costs[-1]
        line = [0] * width + [below[-1] + GAP]
        for column in range(width - 1, -1, -1):
            best = below[column] if below[column] < line[column + 1] else line[column + 1]
            paired = below[column + 1] + _cost(row, after[columns[column]])
            line[column] = paired if paired <= best + GAP else best + GAP
        costs.append(line)
    costs.reverse()
    pairs: Pairs = []
    i = j = 0
    while i < len(rows) or j < width:
        here = costs[i][j]
        if i < len(rows) and j < width and here == costs[i + 1][j + 1] + _cost(before[rows[i]], after[columns[j]]):
            pairs.append((rows[i], columns[j]))
            i, j = i + 1, j + 1
        elif i < len(rows) and here == costs[i + 1][j] + GAP:
            pairs.append((rows[i], None))
            i += 1
        else:
            pairs.append((None, columns[j]))
            j += 1
    return pairs


def _cost(a: LockedLayer, b: LockedLayer) -> int:
    same_name = a.name == b.name
    if a.op != b.op:
        return OTHER_OP if same_name else _NEVER
    cost = (a.shape != b.shape) * OTHER_SHAPE + (a.fields != b.fields) * OTHER_FIELDS
    if same_name:
        return cost
    if cost == OTHER_SHAPE + OTHER_FIELDS:
        return _NEVER
    return cost + (RENUMBERED if renumbered(a.name, b.name) else OTHER_NAME)


def _by_name(before: Sequence[LockedLayer], after: Sequence[LockedLayer], rows: range, columns: range) -> Pairs:
    places = {before[index].name: index for index in rows}
    pairs: Pairs = []
    done = rows.start
    for column in columns:
        index = places.get(after[column].name, -1)
        if index < done:
            pairs.append((None, column))
            continue
        pairs += [(left, None) for left in range(done, index)]
        pairs.append((index, column))
        done = index + 1
    return pairs + [(left, None) for left in range(done, rows.stop)]
