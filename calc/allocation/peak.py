"""A limit on the peak of activations, as one limit for each step of execution on the tensors that are alive.

A tensor has the widest bits at which a layer reads it. Its size is therefore the maximum over the groups that read it,
each with the other groups at their narrowest. The planner's own rule says which groups these are and what the sizes
are.
"""

from collections.abc import Sequence
from typing import NamedTuple

from calc.allocation.problem import Widest
from calc.analysis import Analysis
from calc.memory import storage_bytes
from calc.memory.plan import alive
from calc.model.graph import Bits


class PeakLimits(NamedTuple):
    """``limits`` has a limit for each step that needs one, and ``tensors`` the sizes that count in them, by index."""

    limits: tuple[int, ...]
    tensors: tuple[Widest, ...]


def peak_limits(
    analysis: Analysis, groups: Sequence[tuple[int, ...]], choices: Sequence[Sequence[Bits]], limit: int
) -> PeakLimits:
    """Return the limits that keep the tensors alive at each step within ``limit`` bytes, for these ``choices``.

    Steps that stay within the limit for every choice are left out, except for the one with the largest possible size.
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
"""The groups on which the bytes of a tensor depend, and the bytes for each of their choices."""


def _tensors(
    analysis: Analysis, groups: Sequence[tuple[int, ...]], choices: Sequence[Sequence[Bits]]
) -> tuple[list[int], dict[int, _Sizes]]:
    """Return the bytes of each node's tensor with all groups at their narrowest, and the tensors that can be larger."""
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
