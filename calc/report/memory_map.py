"""The arena as text: memory upwards, time to the right, a letter for each tensor."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from string import ascii_letters
from typing import NamedTuple

from calc.memory import Lifetimes, Plan
from calc.memory.plan import last_needed

FREE = "·"
ROWS = 16


class Placement(NamedTuple):
    """What one tensor takes of the arena: ``size`` bytes from ``offset``, from step ``first`` to step ``last``."""

    offset: int
    size: int
    first: int
    last: int


def placements(plan: Plan, lifetimes: Lifetimes, sizes: Sequence[int]) -> dict[int, Placement]:
    """Where a plan that places tensors has each, by the node that makes each. A step is a node that makes one."""
    steps = [index for index, elements in enumerate(lifetimes.elements) if elements]
    until = last_needed(lifetimes)
    return {
        made: Placement(plan.offsets[made], sizes[made], step, bisect_right(steps, until[made]) - 1)
        for step, made in enumerate(steps)
        if made in plan.offsets
    }


def letters(placed: Mapping[int, Placement]) -> dict[int, str]:
    """A letter for each tensor, the alphabet again where there are more."""
    return {made: ascii_letters[number % len(ascii_letters)] for number, made in enumerate(placed)}


def text_map(placed: Mapping[int, Placement], total: int, steps: int, width: int) -> list[tuple[int, str]]:
    """The rows of the map from the top, each with the offset at which it begins.

    A character is for one step, or for several where ``width`` is less than ``steps``: it is the letter of the tensor
    that takes most of what it stands for, or a dot where more than half is free.
    """
    together = -(-steps // width)
    rows = min(ROWS, total)
    marks = letters(placed)
    columns = -(-steps // together)
    taken = [[Counter[str]() for _ in range(columns)] for _ in range(rows)]
    for made, each in placed.items():
        for row in range(each.offset * rows // total, -(-(each.offset + each.size) * rows // total)):
            # in rows-ths of a byte, so that everything is whole
            high = min((row + 1) * total, (each.offset + each.size) * rows) - max(row * total, each.offset * rows)
            for at in range(each.first // together, each.last // together + 1):
                wide = min(each.last + 1, (at + 1) * together) - max(each.first, at * together)
                taken[row][at][marks[made]] += wide * high
    last = steps - (columns - 1) * together
    wides = [together] * (columns - 1) + [last]
    return [
        (row * total // rows, "".join([_mark(taken[row][at], total * wides[at]) for at in range(columns)]))
        for row in reversed(range(rows))
    ]


def _mark(taken: Counter[str], area: int) -> str:
    if 2 * sum(taken.values()) < area:
        return FREE
    return max(taken, key=lambda mark: taken[mark])
