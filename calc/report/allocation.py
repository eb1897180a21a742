"""Pages of ``calc allocate`` and ``calc pareto``."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from calc.allocation.allocate import DYNAMIC, INTEGER, Allocation
from calc.allocation.dynamic_programme import MOST_STATES
from calc.allocation.front import Front
from calc.allocation.marks import total
from calc.allocation.pareto import Against
from calc.allocation.sensitivities import Sensitivities
from calc.analysis import Analysis
from calc.model.graph import Bits
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.summary import deployed_as
from calc.report.table import Column, Table
from calc.report.units import exact, short

SCHEMA_ALLOCATE = "calc.allocate/1"
SCHEMA_PARETO = "calc.pareto/1"


ASSUMED = Line("measured", "nothing", "assumed: every layer alike, 4^−bits")
"""The line at the top of a report that is computed without measured sensitivities."""
_STOPPED = {
    DYNAMIC: f"stopped after {MOST_STATES:,} states; --solver integer goes on",
    INTEGER: "stopped by --time-limit; a longer one goes on",
}
_AGAIN = "  calc allocate SPEC ... --sensitivity s.csv --output policy.yaml"
_EVALUATE = "  calc evaluate SPEC --weights W --data D --bits fp32 policy.yaml"
_TO_CHECK = ("that sensitivities add up over layers is assumed; with weights W and data D, what is left:", _EVALUATE)


def short_number(value: float) -> str:
    """Return a sensitivity with four digits."""
    return f"{value:.4g}".replace("-", "−")


def certificate(found: Allocation) -> list[Line]:
    """Return lines with the objective, its distance from the lower bound, and the part of each budget that is used."""
    gap = "0" if found.gap < 1e-12 else f"{found.gap:.1e}".replace("-", "−")
    proof = f"gap {gap}: optimal" if found.optimal else f"gap {gap} left: {_STOPPED[found.solver]}"
    lines = [
        Line("sensitivity", short_number(found.objective), found.sensitivity),
        Line("lower bound", short_number(found.lower_bound), proof),
        Line("solver", found.solver, f"{found.seconds:.3f} s"),
    ]
    for budget, used in found.budgets:
        limit = float(budget.limit)
        lines.append(
            Line(budget.quantity.name, exact(used), f"{100 * used / limit:.2f} % of {budget.text}, {short(limit)}")
        )
    return lines


def comments(found: Allocation) -> list[str]:
    """Return the certificate as comments for the head of a policy file."""
    head = f"{found.analysis.graph.model}: bits by calc allocate"
    proof = [line for line in certificate(found) if line.label != "solver"]
    lines = [*_assumed(found.measured), *deployed_as(found.analysis), *proof]
    return [head, *[f"{line.label}: {line.value} ({line.note})" for line in lines]]


def _assumed(measured: bool) -> list[Line]:
    return [] if measured else [ASSUMED]


def _deployed(analysis: Analysis) -> dict[str, Any]:
    return {} if analysis.deployment is None else {"deployed": analysis.deployment.to_json_dict()}


def _to_measure(*again: str) -> tuple[str, ...]:
    """Return the commands that measure sensitivities, followed by ``again``, the commands that use them."""
    return (
        "nothing was measured: with weights W and data D of your own, go on with",
        "  calc sensitivity SPEC --weights W --data D --format csv --output s.csv",
        *again,
    )


def allocation_page(found: Allocation) -> Page:
    """Return the page of an allocation: the certificate and a row for each layer."""
    analysis = found.analysis
    rows = []
    for layer, sensitivity in zip(analysis.layers, found.per_layer[len(analysis.graph.inputs) :], strict=True):
        if layer.weight_bits is None:
            continue
        shown = None if sensitivity is None else short_number(sensitivity)
        bits = f"{layer.weight_bits}/{layer.activation_bits}"
        costs = [layer.bitops["weight"], layer.bitops["product"]]
        rows.append((layer.name, layer.kind, layer.weight_elements, layer.macs, bits, shown, *costs, layer.rule))
    columns = (
        Column("name", "Layer", "text"),
        Column("kind", "Kind", "text", 2),
        Column("weights", "Weights", "count", 4),
        Column("macs", "MACs", "count", 3),
        Column("bits", "W/A", "number"),
        Column("sensitivity", "Sensitivity", "number", 6),
        Column("bitops_weight", "BitOps weight", "count", 5),
        Column("bitops_product", "BitOps product", "count", 5),
        Column("rule", "Rule", "text", 1),
    )
    model = Line("model", analysis.graph.model, analysis.graph.spec)
    lines = (*_assumed(found.measured), model, *deployed_as(analysis), *certificate(found))
    section = Section("", Table(columns, tuple(rows)), _TO_CHECK if found.measured else _to_measure(_AGAIN, _EVALUATE))
    return Page(lines, (section,), allocation_data(found))


def allocation_data(found: Allocation) -> dict[str, Any]:
    """Return the allocation as plain data."""
    return {
        "schema": SCHEMA_ALLOCATE,
        "model": found.analysis.graph.model,
        "spec": found.analysis.graph.spec,
        **_deployed(found.analysis),
        "measured": found.measured,
        "sensitivity": found.sensitivity,
        "objective": found.objective,
        "lower_bound": found.lower_bound,
        "gap": found.gap,
        "solver": found.solver,
        "seconds": round(found.seconds, 6),
        "budgets": [
            {"quantity": budget.quantity.name, "limit": _plain(budget.limit), "used": used}
            for budget, used in found.budgets
        ],
        "layers": [
            {
                "name": node.name,
                "weight_bits": row.bits.weight,
                "activation_bits": row.bits.activation,
                "sensitivity": s,
            }
            | ({"weight_format": row.bits.format.name} if row.bits.format else {})
            for node, row, s in zip(found.analysis.graph.nodes, found.analysis.assigned, found.per_layer, strict=True)
            if row is not None
        ],
    }


def _plain(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def pareto_page(
    analysis: Analysis, fronts: Sequence[Against], known: Sensitivities, points: int, *, every_point: bool
) -> Page:
    """Return a page with two sections for each quantity: points of its front, and policies for comparison.

    With ``every_point``, the page also has the data of the whole fronts, which only JSON shows.
    """
    sections = []
    for against in fronts:
        front, unit = against.front, against.quantity.name
        listed = _spaced(against, points)
        rows = [(*_point(analysis, against, at), _widths(front, at)) for at in listed]
        columns = (
            Column("cost", unit, "count"),
            Column("sensitivity", "Sensitivity", "number"),
            Column("bits", "Layers × bits", "text", 1),
        )
        title = f"front against {unit}: {len(listed)} of {len(front):,} points"
        sections.append(Section(title, Table(columns, tuple(rows))))
        marked = (
            Column("policy", "Policy", "text"),
            Column("cost", unit, "count"),
            Column("sensitivity", "Sensitivity", "number"),
            Column("times", "× the front's", "number", 4),
            Column("saved", "could save", "number", 3),
        )
        rows_marked = [
            (
                mark.policy,
                mark.cost,
                short_number(mark.sensitivity),
                None if mark.times is None else f"{mark.times:.3f}",
                None if mark.saved is None else f"{100 * mark.saved:.1f} %",
            )
            for mark in against.marks.found
        ]
        notes = (
            f"× the front's: sensitivity over the least at that {unit}",
            f"could save: the share of its {unit} that is not needed for its sensitivity",
            *against.marks.left_out,
        )
        sections.append(Section(f"policies beside the front against {unit}", Table(marked, tuple(rows_marked)), notes))
    model = Line("model", analysis.graph.model, analysis.graph.spec)
    lines = (*_assumed(known.measured), model, *deployed_as(analysis), Line("sensitivity", known.name))
    if not known.measured:
        sections[-1] = sections[-1]._replace(
            notes=(*sections[-1].notes, *_to_measure("  calc pareto SPEC ... --sensitivity s.csv"))
        )
    return Page(lines, tuple(sections), pareto_data(analysis, fronts, known) if every_point else None)


def pareto_data(analysis: Analysis, fronts: Sequence[Against], known: Sensitivities) -> dict[str, Any]:
    """Return every point of every front, as [cost, sensitivity]."""
    return {
        "schema": SCHEMA_PARETO,
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        **_deployed(analysis),
        "measured": known.measured,
        "sensitivity": known.name,
        "fronts": [
            {
                "quantity": against.quantity.name,
                "points": _points(analysis, against),
                "policies": [mark._asdict() for mark in against.marks.found],
            }
            for against in fronts
        ],
    }


def pareto_rows(analysis: Analysis, fronts: Sequence[Against]) -> list[Any]:
    """Return every point of every front as rows below a header, for CSV."""
    rows = [[against.quantity.name, *point] for against in fronts for point in _points(analysis, against)]
    return [["quantity", "cost", "sensitivity"], *rows]


def _points(analysis: Analysis, against: Against) -> list[list[int | float]]:
    front = against.front
    above, below = front.unit.as_integer_ratio()  # integer division, because a double may hold neither number
    return [
        [total(analysis, against.quantity, cost), hurt * above / below]
        for cost, hurt in zip(front.costs.tolist(), front.sensitivities.tolist(), strict=True)
    ]


def _point(analysis: Analysis, against: Against, at: int) -> tuple[int | float, str]:
    front = against.front
    hurt = float(int(front.sensitivities[at]) * front.unit)
    return total(analysis, against.quantity, int(front.costs[at])), short_number(hurt)


def _spaced(against: Against, points: int) -> list[int]:
    """Return the nearest points at or below evenly spaced costs, including both ends."""
    front = against.front
    low, high = int(front.costs[0]), int(front.costs[-1])
    steps = max(1, points - 1)
    found = [front.at_most(low + (high - low) * step // steps) for step in range(steps + 1)]
    return list(dict.fromkeys([at for at in found if at is not None]))


def _widths(front: Front, at: int) -> str:
    """Return how many layers have which bits: ``20 × 2, 33 × 4``."""
    used: Counter[Bits] = Counter()
    for group, bits in zip(front.problem.groups, front.bits(at), strict=True):
        used[bits] += len(group.nodes)
    return ", ".join([f"{layers} × {bits}" for bits, layers in sorted(used.items())])
