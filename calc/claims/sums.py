"""Sums of the components of conventions, each a few times, as an unknown counter might add them."""

from collections.abc import Iterator

from calc.claims.chance import REACH
from calc.claims.combinations import sums_of
from calc.claims.printed import Printed
from calc.claims.reading import Reading
from calc.claims.subject import Subject

SUM_COST = 1
"""The cost of a sum of components in addition to the cost of each of its terms."""
KINDS = {
    "norm": "norm inputs",
    "activation": "activation outputs",
    "pool": "pool inputs",
    "add": "additions",
    "multiply": "elementwise products",
}


def component_totals(subject: Subject) -> dict[str, int]:
    """Return the totals of the components that conventions add up, for the layers of ``subject``."""
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


def sums(subject: Subject, printed: Printed, cost: int) -> Iterator[Reading]:
    """Yield the sums that have this ``cost`` by the number of their components, and a size near the printed number."""
    if printed.is_bytes or cost <= SUM_COST or subject.is_at_least("counted"):
        return
    low, high = printed.value / REACH, printed.value * REACH
    for one in sums_of(component_totals(subject), cost - SUM_COST, low, high):
        words = [name if times == 1 else f"{times} × {name}" for name, times in one.coefficients.items()]
        yield Reading("macs", one.value, " + ".join(words), ("a sum of components",), cost)
