"""The largest context of a language model that fits: weights, cache and activations of a decode step."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, number_of

MOST_NAMED = 5
"""The largest number of unknown layers that a message names."""


class ContextBytes(NamedTuple):
    """The bytes that a decode step needs at a ``context``, which is a number of tokens.

    ``kv_bytes`` includes the padding of the runtime if one is chosen. ``bound_seconds`` is the lower bound of the time
    on the device if one is chosen.
    """

    context: int
    weight_bytes: int
    kv_bytes: int
    activation_bytes: int
    bound_seconds: Fraction | None = None

    @property
    def bytes(self) -> int:
        """The sum of weights, cache and activations."""
        return self.weight_bytes + self.kv_bytes + self.activation_bytes


class Contexts(NamedTuple):
    """The contexts that were tried against ``memory_bytes``.

    ``rows`` has the bytes of some contexts. ``largest`` is the largest context that fits, or None if none of those
    asked for does. ``least`` is the smallest context that was asked for. If ``largest`` is None, ``smaller`` is the
    largest context below ``least`` that fits.
    """

    memory_bytes: int
    rows: tuple[ContextBytes, ...]
    largest: ContextBytes | None
    least: int
    smaller: ContextBytes | None = None


def contexts_within(at: Callable[[int], Analysis], memory_bytes: int, least: int, most: int) -> Contexts:
    """Find the largest context from ``least`` to ``most`` tokens whose decode step fits into ``memory_bytes``.

    ``at`` returns the analysis of the decode step at a context. The rows of the result are contexts that double, both
    ends, and the largest that fits, which may be below ``least``. The search relies on bytes that never fall as the
    context grows. Raises OpError if something of a layer is not known, because the bytes are then only a lower bound.
    """
    unknown = [node.name for node in at(least).graph.nodes if node.unknown]
    if unknown:
        more = f" and {number_of(len(unknown) - MOST_NAMED, 'more layer')}" if unknown[MOST_NAMED:] else ""
        named = ", ".join(unknown[:MOST_NAMED]) + more
        fact = f"not everything is known about {named}; so the largest context is not known"
        raise OpError(fact, "calc run and calc memory print lower bounds")
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
