"""What a budget may limit: the quantities of a lock, memory as a planner needs it, and flash."""

from collections.abc import Callable
from typing import NamedTuple

from calc.analysis import Analysis
from calc.layers import Layer
from calc.memory import Plan, planner
from calc.quantities import quantity

FLASH = "flash"
"""The weight bytes of the deployed network."""
_MEMORY = {"peak_activation_bytes": "liveness", "arena": "arena", "in_place": "in-place"}
"""Names of what planners need, and the planner of each."""


class Limited(NamedTuple):
    """``of_network``: its value, and where memory is planned the layer at the peak; ``of_layer``: if a layer has it.

    ``at_bits``: it depends on the policy.
    """

    name: str
    at_bits: bool
    of_network: Callable[[Analysis], tuple[int, str]]
    of_layer: Callable[[Layer], int | float] | None


def limited_of(name: str) -> Limited:
    """What is called ``name``. Raises OpError naming the nearest."""
    if name in _MEMORY:
        return Limited(name, True, lambda analysis: _peak(analysis, _MEMORY[name]), None)
    found = quantity("weight_bytes" if name == FLASH else name, (FLASH, *_MEMORY))
    return Limited(name, found.at_bits, lambda analysis: (found.integer(analysis.totals), ""), found.of_layer)


def _peak(analysis: Analysis, planner_name: str) -> tuple[int, str]:
    plan: Plan = planner(planner_name)(analysis.workload.lifetimes, analysis.storage_bytes)
    return plan.bytes, analysis.graph.nodes[plan.layer].name
