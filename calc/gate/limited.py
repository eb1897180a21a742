"""The values that a budget may limit: the quantities of a lock, the memory of a planner, and flash."""

from collections.abc import Callable
from typing import NamedTuple

from calc.analysis import Analysis
from calc.layers import Layer
from calc.memory import Plan, planner
from calc.quantities import quantity

FLASH = "flash"
"""The name of the weight bytes of the deployed network."""
_MEMORY = {"peak_activation_bytes": "liveness", "arena": "arena", "in_place": "in-place"}
"""The names of memory budgets, with their planners."""


class Limited(NamedTuple):
    """A value that a budget may limit.

    ``of_network`` returns it, with the layer at the peak if it is planned memory. ``of_layer`` reads it from a layer;
    it is None if layers do not have it. ``at_bits`` is True if it depends on the policy.
    """

    name: str
    at_bits: bool
    of_network: Callable[[Analysis], tuple[int, str]]
    of_layer: Callable[[Layer], int | float] | None


def limited_of(name: str) -> Limited:
    """Return the value called ``name``. Raises OpError with the nearest name."""
    if name in _MEMORY:
        return Limited(name, True, lambda analysis: _peak(analysis, _MEMORY[name]), None)
    found = quantity("weight_bytes" if name == FLASH else name, (FLASH, *_MEMORY))
    return Limited(name, found.at_bits, lambda analysis: (found.integer(analysis.totals), ""), found.of_layer)


def _peak(analysis: Analysis, planner_name: str) -> tuple[int, str]:
    plan: Plan = planner(planner_name)(analysis.workload.lifetimes, analysis.storage_bytes)
    return plan.bytes, analysis.graph.nodes[plan.layer].name
