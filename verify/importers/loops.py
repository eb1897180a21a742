"""Finds loops in a forward: iterations that run the same operations and call the same module."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from torch import fx

from verify.importers.calls import ModuleCall, levels

FEWEST_TURNS = 3


class Turn(NamedTuple):
    """One iteration of a loop in a forward. The loops of that forward and the iterations are numbered from 0."""

    loop: int
    number: int


class _Within(NamedTuple):
    """An operation in the forward of a module. ``inner`` has the module calls between the two, outermost first."""

    node: fx.Node
    inner: tuple[ModuleCall, ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """The operation and the paths of the modules around it, which are the same in every iteration."""
        return (self.node.target, *[call.path for call in self.inner])


def turns_of(operations: Iterable[fx.Node], learnt: Container[fx.Node]) -> dict[tuple[str, fx.Node], Turn]:
    """Return the iteration in which each operation runs, by the key of the module call whose forward has the loop.

    A loop reads ``learnt`` tensors, and holds more than the call of one module.
    """
    forwards: defaultdict[str, list[_Within]] = defaultdict(list)
    for node in operations:
        stack = levels(node)
        for at, level in enumerate(stack):
            forwards[level.key].append(_Within(node, tuple(stack[at + 1 :])))
    found: dict[tuple[str, fx.Node], Turn] = {}
    for key, inside in forwards.items():
        for loop, turns in enumerate(_loops(inside, learnt)):
            for number, span in enumerate(turns):
                found |= {(key, each.node): Turn(loop, number) for each in inside[span.start : span.stop]}
    return found


def _loops(inside: Sequence[_Within], learnt: Container[fx.Node]) -> Iterator[list[range]]:
    """Yield the iterations of each loop, as positions in ``inside``."""
    starts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for at, each in enumerate(inside):
        if each.inner:
            starts[each.inner[0].path].setdefault(each.inner[0].key, at)
    free = 0
    for anchors in starts.values():
        every = list(anchors.values())
        turns = _turns(inside, every) or _turns(inside, every[1:])  # the first one may differ, as it has no state
        if not turns or turns[0].start < free:
            continue
        body = inside[turns[0].start : turns[0].stop]
        alone = len({each.inner[0].key if each.inner else "" for each in body}) == 1
        if not alone and any(source in learnt for each in body for source in each.node.all_input_nodes):
            free = turns[-1].stop
            yield turns


def _turns(inside: Sequence[_Within], anchors: Sequence[int]) -> list[range]:
    """Return the iterations with the calls that begin at ``anchors``, if they are alike and follow one another."""
    periods = {after - before for before, after in pairwise(anchors)}
    if len(periods) != 1 or len(anchors) < FEWEST_TURNS:
        return []
    period = periods.pop()
    kinds = [each.kind for each in inside]
    before = 0
    while before < min(period - 1, anchors[0]) and len({kinds[at - before - 1] for at in anchors}) == 1:
        before += 1
    starts = [at - before for at in anchors]
    alike = [at for at in starts if kinds[at : at + period] == kinds[starts[0] : starts[0] + period]]
    complete = alike in (starts, starts[:-1]) and len(alike) >= FEWEST_TURNS
    return [range(at, at + period) for at in alike] if complete else []
