"""The Pareto fronts of sensitivity against several quantities, each with policies for comparison."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.allocation.build import Widths, build_problem, checked_widths
from calc.allocation.front import Front, front
from calc.allocation.marks import Marks, marks, policies
from calc.allocation.quantities import AllocatedQuantity
from calc.allocation.sensitivities import Sensitivities
from calc.allocation.ties import groups, pins
from calc.analysis import Analysis


class Against(NamedTuple):
    """The front of sensitivity against ``quantity``."""

    quantity: AllocatedQuantity
    front: Front
    marks: Marks


def pareto(
    analysis: Analysis,
    quantities: Sequence[AllocatedQuantity],
    widths: Widths,
    sensitivities: Sensitivities,
    *,
    pinned: Sequence[str] = (),
    tied: Sequence[str] = (),
) -> list[Against]:
    """Return a front for each quantity. ``pinned`` and ``tied`` have the form of ``--pin`` and ``--tie``.

    Raises OpError and SpecError for bad input, and OpError if numpy is missing.
    """
    widths = checked_widths(widths)
    fixed = widths.activations if isinstance(widths.activations, int) else None
    members, given = groups(analysis, tied), pins(analysis, pinned, fixed)
    found = []
    for quantity in quantities:
        built = build_problem(analysis, members, widths, given, sensitivities, [(quantity, 0)])
        whole = front(built.problem, built.unit)
        placed = marks(analysis, quantity, whole, policies(widths), widths, sensitivities)
        found.append(Against(quantity, whole, placed))
    return found
