"""A limit of the peak of activations: one for each step of execution, on the bytes of the tensors alive there.

A tensor has the widest bits at which a layer reads it. So what it takes is the largest of what it would take by the
choice of each group that reads it, the others being at their narrowest; which groups those are, and what it takes at
each width, is asked of the planner's own rule.
"""

from collections.abc import Sequence
from typing import NamedTuple

from calc.allocation.problem import Widest
from calc.analysis import Analysis
from calc.memory import storage_bytes
from calc.memory.plan import alive
from calc.model.graph import Bits


class PeakLimits(NamedTuple):
    """``limits``, one a step that needs one; ``tensors`` as they count in them, by index from 0."""

    limits: tuple[int, ...]
    tensors: tuple[Widest, ...]


def peak_limits(
    analysis: Analysis, groups: Sequence[tuple[int, ...]], choices: Sequence[Sequence[Bits]], limit: int
) -> PeakLimits:
    """What keeps the tensors alive at each step within ``limit`` bytes, for ``choices`` of the bits of ``groups``.

    Steps at which no choice can take more are left out, but for the one that can take most.
    """
    narrowest, tensors = _tensors(analysis, groups, choices)
    most = list(narrowest)
    for made, (_, sizes) in tensors.items():
        most[made] = max([size for row in sizes for size in row])
    steps = list(dict.fromkeys(alive(analysis.workload.lifetimes)))
    largest = max(steps, key=lambda step: sum([most[made] for made in step]))
    kept = [step for step in steps if step == largest or sum([most[made] for made in step]) > limit]
    rooms = [limit - sum([narrowest[made] for made in step if made not in tensors]) for step in kept]
    steps_of: dict[int, list[int]] = {}
    for number, step in enumerate(kept):
        for made in step:
            steps_of.setdefault(made, []).append(number)
    return PeakLimits(
        tuple(rooms),
        tuple([Widest(*tensors[made], tuple(numbers)) for made, numbers in steps_of.items() if made in tensors]),
    )


_Sizes = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]
"""The groups that a tensor's bytes go by, and what it takes by each of their choices."""


def _tensors(
    analysis: Analysis, groups: Sequence[tuple[int, ...]], choices: Sequence[Sequence[Bits]]
) -> tuple[list[int], dict[int, _Sizes]]:
    """The bytes of each node's tensor where all groups are at their narrowest, and those that are then not fixed."""
    reads_at = [0] * len(analysis.graph.nodes)
    for group, row in zip(groups, choices, strict=True):
        for node in group:
            reads_at[node] = min([bits.activation for bits in row])
    narrowest = _bytes(analysis, reads_at)
    at_width = {
        width: _bytes(analysis, [width if bits else 0 for bits in reads_at])
        for width in dict.fromkeys([bits.activation for row in choices for bits in row])
    }
    readers: dict[int, list[int]] = {}
    for number, (group, row) in enumerate(zip(groups, choices, strict=True)):
        widened = list(reads_at)
        for node in group:
            widened[node] = max([bits.activation for bits in row])
        for made, (size, least) in enumerate(zip(_bytes(analysis, widened), narrowest, strict=True)):
            if size > least:
                readers.setdefault(made, []).append(number)
    tensors = {
        made: (
            tuple(numbers),
            tuple(
                [
                    tuple([max(narrowest[made], at_width[bits.activation][made]) for bits in choices[number]])
                    for number in numbers
                ]
            ),
        )
        for made, numbers in readers.items()
    }
    return narrowest, tensors


def _bytes(analysis: Analysis, reads_at: Sequence[int]) -> list[int]:
    return storage_bytes(analysis.workload.lifetimes, reads_at)
