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
    """The part of the arena that one tensor takes:

    ``size`` bytes from ``offset``, from step ``first`` to step ``last``.
    """

    offset: int
    size: int
    first: int
    last: int


def placements(plan: Plan, lifetimes: Lifetimes, sizes: Sequence[int]) -> dict[int, Placement]:
    """Return the place of each tensor in a plan, by the node that makes it. A step is a node that makes a tensor."""
    steps = [index for index, elements in enumerate(lifetimes.elements) if elements]
    until = last_needed(lifetimes)
    return {
        made: Placement(plan.offsets[made], sizes[made], step, bisect_right(steps, until[made]) - 1)
        for step, made in enumerate(steps)
        if made in plan.offsets
    }


def letters(placed: Mapping[int, Placement]) -> dict[int, str]:
    """Return a letter for each tensor. The alphabet is repeated if there are more tensors."""
    return {made: ascii_letters[number % len(ascii_letters)] for number, made in enumerate(placed)}


def text_map(placed: Mapping[int, Placement], total: int, steps: int, width: int) -> list[tuple[int, str]]:
    """Return the rows of the map from the top, each with the offset at which it begins.

    A character stands for one step, or for several if there are more than ``width``. It is the letter of the tensor
    that takes most of this area, or a dot if more than half of it is free.
    """
    together = -(-steps // width)
    rows = min(ROWS, total)
    marks = letters(placed)
    columns = -(-steps // together)
    taken = [[Counter[str]() for _ in range(columns)] for _ in range(rows)]
    for made, each in placed.items():
        for row in range(each.offset * rows // total, -(-(each.offset + each.size) * rows // total)):
            # in units of 1/rows of a byte, so that all numbers are integers
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
