"""What gives a printed number: readings of the network and of its variants, ranked by what they assume."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.claims import readings
from calc.claims.combinations import find_combinations
from calc.claims.printed import EXACT, FLOORED, Printed
from calc.claims.readings import Reading
from calc.claims.subject import Subject, named, parts, whole
from calc.claims.variants import variants
from calc.spec import ModelSpec

TRIED_BITS = ("fp32", "8", "4", "2", "adaptive")
COMBINATION_COST = 1
KINDS = {
    "norm": "norm inputs",
    "activation": "activation outputs",
    "pool": "pool inputs",
    "add": "additions",
    "multiply": "elementwise products",
}
_HOW_COST = {EXACT: 0, FLOORED: 1}


class Match(NamedTuple):
    """A reading that gives the number, and how: ``exact``, ``rounded``, ``cut off``."""

    reading: Reading
    how: str
    cost: int


class Explanation(NamedTuple):
    """``matches`` from the fewest assumptions to the most; ``closest`` where there are none."""

    printed: Printed
    matches: tuple[Match, ...]
    closest: Reading | None


def explain(
    printed: Printed, model: ModelSpec, params: dict[str, Any], base: Analysis, layer: str | None, bits: Iterable[str]
) -> Explanation:
    """What gives ``printed`` for ``model``, whose network with ``params`` is ``base``, or for a ``layer`` of it.

    ``bits``: the policies that BitOps and sizes are tried at; without any, TRIED_BITS. Raises OpError for a
    layer that does not exist.
    """
    if not printed.may_be_bytes:
        return _explain(printed, model, params, base, layer, tuple(bits))
    size = _explain(printed.as_bytes(), model, params, base, layer, tuple(bits))
    number = _explain(printed, model, params, base, layer, tuple(bits))
    said = [_assuming(match, "B being bytes") for match in size.matches]
    matches = sorted([*said, *number.matches], key=_rank)
    return (size if said else number)._replace(matches=tuple(matches))


def _explain(
    printed: Printed, model: ModelSpec, params: dict[str, Any], base: Analysis, layer: str | None, bits: tuple[str, ...]
) -> Explanation:
    matches: list[Match] = []
    closest: Reading | None = None
    known: set[tuple[object, ...]] = set()
    for reading in _readings(printed, model, params, base, layer, bits):
        key = (reading.quantity, reading.value, reading.formula)
        if key in known:  # a change that changes nothing, or the same with more assumed
            continue
        known.add(key)
        matches += _matches(printed, reading)
        if closest is None or _distance(printed, reading) < _distance(printed, closest):
            closest = reading
    matches.sort(key=_rank)
    return Explanation(printed, tuple(matches), None if matches else closest)


def _rank(match: Match) -> tuple[int, bool]:
    return match.cost, match.how != EXACT


def _assuming(match: Match, words: str) -> Match:
    reading = match.reading
    reading = reading._replace(assumptions=(*reading.assumptions, words), cost=reading.cost + 1)
    return match._replace(reading=reading, cost=match.cost + 1)


def _readings(
    printed: Printed, model: ModelSpec, params: dict[str, Any], base: Analysis, layer: str | None, bits: tuple[str, ...]
) -> Iterator[Reading]:
    for variant in variants(model, params, base):
        changes = variant.changes
        subject = whole(variant.analysis) if layer is None else named(variant.analysis, layer)
        for part in parts(subject):
            for reading in _of_part(part, bits, printed.is_bytes, len(changes)):
                yield reading._replace(assumptions=(*changes, *reading.assumptions), cost=reading.cost + len(changes))
        if not changes and not printed.is_bytes:
            yield from _combinations(subject, printed)


def _of_part(part: Subject, bits: tuple[str, ...], is_bytes: bool, changes: int) -> Iterator[Reading]:
    """Readings of ``part``: the more has changed or is left out already, the fewer."""
    if is_bytes:
        for text in bits or TRIED_BITS:
            yield from readings.sizes(part, text, not bits)
        return
    yield from readings.own_counts(part) if changes + part.cost > 1 else readings.counts(part)
    for text in bits or TRIED_BITS:
        if bits or not changes:
            yield from readings.bitops_readings(part, text, not bits)
        elif changes + part.cost == 1:
            yield from readings.plain_bitops(part, text)


def component_totals(subject: Subject) -> dict[str, int]:
    """The components that conventions are sums of, over the layers of ``subject``."""
    analysis = subject.analysis
    rows = analysis.workload.components
    totals: dict[str, int] = {}
    for index in subject.layers:
        counts, op = rows[index], analysis.graph.nodes[index].op
        if not counts:
            continue
        found = {"MACs": counts["macs"], "bias additions": counts["bias"]}
        if op.category in KINDS:
            found[KINDS[op.category]] = counts["inputs" if op.category in ("norm", "pool") else "outputs"]
        if op.category == "pool":
            found["pool outputs"] = counts["outputs"]
        if op.category == "norm":
            found["norm parameters"] = counts["params"]
        if op.category != "activation" and "softmax" in counts:
            found["softmax elements"] = counts["softmax"]
        for name, count in found.items():
            totals[name] = totals.get(name, 0) + count
    return totals


def _combinations(subject: Subject, printed: Printed) -> Iterator[Reading]:
    """Sums of components. A number of few digits is met by many; then only the simplest are any good."""
    low, high = printed.span
    terms = 4 if low == high else 3 if (high - low) * 10_000 < high else 2
    for one in find_combinations(component_totals(subject), low, high, terms):
        words = [name if times == 1 else f"{times} × {name}" for name, times in one.coefficients.items()]
        yield Reading("macs", one.value, " + ".join(words), ("a sum of components",), COMBINATION_COST + len(words))


def _matches(printed: Printed, reading: Reading) -> Iterator[Match]:
    if printed.is_bytes != (reading.quantity == "bytes"):
        return
    how = printed.how(reading.value)
    if how:
        yield Match(reading, how, reading.cost + _HOW_COST.get(how, 0))
    elif printed.other_unit != printed.unit:
        how = printed.in_binary().how(reading.value)
        if how:
            binary = reading._replace(assumptions=(*reading.assumptions, "MB being 2^20 bytes"), cost=reading.cost + 1)
            yield Match(binary, how, binary.cost + _HOW_COST.get(how, 0))


def _distance(printed: Printed, reading: Reading) -> float:
    return abs(float(reading.value) - float(printed.value))
