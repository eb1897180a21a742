"""The largest context of a language model that fits: weights, cache and activations of a decode step."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, number_of

MOST_NAMED = 5
"""Layers of which not all is known, by name."""


class ContextBytes(NamedTuple):
    """What a decode step at a ``context`` takes, in bytes; the cache as the runtime pads it, where one is asked for.

    ``bound_seconds``: the least time of it on the device, where one is given.
    """

    context: int
    weight_bytes: int
    kv_bytes: int
    activation_bytes: int
    bound_seconds: Fraction | None = None

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.weight_bytes + self.kv_bytes + self.activation_bytes


class Contexts(NamedTuple):
    """``rows``: what some contexts take; ``largest``: the one that fits, of those asked for, None where none does.

    ``least``: the first that was asked for; ``smaller``: the largest that fits below it, where none from it on does.
    """

    memory_bytes: int
    rows: tuple[ContextBytes, ...]
    largest: ContextBytes | None
    least: int
    smaller: ContextBytes | None = None


def contexts_within(at: Callable[[int], Analysis], memory_bytes: int, least: int, most: int) -> Contexts:
    """What fits into ``memory_bytes`` of contexts from ``least`` to ``most``; ``at``: the decode step at a context.

    Rows are those of a context that doubles, of both ends, and of the largest that fits, if only below ``least``. What
    is taken never falls as the context grows. Raises OpError where not all is known of some layer: what is counted is
    then a lower bound.
    """
    unknown = [node.name for node in at(least).graph.nodes if node.unknown]
    if unknown:
        more = f" and {number_of(len(unknown) - MOST_NAMED, 'more layer')}" if unknown[MOST_NAMED:] else ""
        fact = f"not all is known of {', '.join(unknown[:MOST_NAMED])}{more}; so what fits is not known"
        raise OpError(fact, "calc run and calc memory tell what is counted, as at least")
    found: dict[int, ContextBytes] = {}

    def taken(context: int) -> ContextBytes:
        if context not in found:
            analysis = at(context)
            totals, padded = analysis.totals, analysis.kv_bytes_of_runtime
            kv_bytes = totals.kv_bytes if padded is None else padded
            found[context] = ContextBytes(
                context, totals.weight_bytes, kv_bytes, totals.peak_activation_bytes,
                None if analysis.bound is None else analysis.bound.whole.most,
            )  # fmt: skip
        return found[context]

    def fits(context: int) -> bool:
        return taken(context).bytes <= memory_bytes

    shown = _doubling(least, most)
    fit, too_large = 0, most + 1
    for context in shown:
        if fits(context):
            fit = context
        else:
            too_large = context
            break
    if not fit and least > 1 and fits(1):
        fit = 1
    while fit and too_large - fit > 1:
        middle = (fit + too_large) // 2
        if fits(middle):
            fit = middle
        else:
            too_large = middle
    rows = tuple(map(taken, sorted({*shown, fit} - {0})))
    best = taken(fit) if fit else None
    asked_for = fit >= least
    return Contexts(memory_bytes, rows, best if asked_for else None, least, None if asked_for else best)


def _doubling(least: int, most: int) -> Sequence[int]:
    found = [least]
    while found[-1] * 2 < most:
        found.append(found[-1] * 2)
    return found if found[-1] == most else [*found, most]
