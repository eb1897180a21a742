"""Pareto fronts as a figure, with a panel for each quantity and the policies beside the line."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from calc.allocation.marks import Mark, total
from calc.allocation.pareto import Against
from calc.analysis import Analysis
from calc.colours import BLUE, ORANGE
from calc.report.figure import figure, literal
from calc.report.point_names import name_points
from calc.report.units import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWN = 4000
"""The largest number of points of a line. More points would be closer together than a pixel."""
TITLE = 80
"""The number of characters in a line of the title, for each panel."""


def draw_front(analysis: Analysis, fronts: Sequence[Against], name: str, path: str) -> None:
    """Draw ``fronts`` into ``path``. Raises OpError if it cannot be written."""
    with figure(path, 6.4 * len(fronts), 4.6) as drawn:
        lines = (f"{analysis.graph.model}: lowest sensitivity at each cost", f"sensitivity: {name}")
        width = TITLE * len(fronts)
        drawn.suptitle("\n".join([fill(literal(line), width) for line in lines]), fontsize=11)
        panels = list(zip(drawn.subplots(1, len(fronts), squeeze=False)[0], fronts, strict=True))
        for axes, against in panels:
            _panel(axes, analysis, against)
            axes.set_ylabel("sensitivity")
        for axes, against in panels:
            name_points(axes, [(mark.cost, mark.sensitivity, mark.policy) for mark in _drawn(against)])


def _drawn(against: Against) -> list[Mark]:
    """Return the policies with a sensitivity above 0, which a logarithmic axis can show."""
    return [mark for mark in against.marks.found if mark.sensitivity > 0]


def _panel(axes: "Axes", analysis: Analysis, against: Against) -> None:
    from matplotlib.cbook import pts_to_poststep
    from matplotlib.ticker import FuncFormatter

    front = against.front
    step = max(1, len(front) // MOST_DRAWN)
    shown = [*range(0, len(front) - 1, step), len(front) - 1]
    costs = [total(analysis, against.quantity, int(front.costs[at])) for at in shown]
    hurt = [float(int(front.sensitivities[at]) * front.unit) for at in shown]
    steps = pts_to_poststep(costs, hurt)  # as separate points, so that names can be placed beside the line
    axes.plot(*steps, color=BLUE, label=f"front, {len(front):,} points")
    for mark in _drawn(against):
        axes.plot(mark.cost, mark.sensitivity, "o", color=ORANGE, markersize=6)
    if min(hurt) > 0:
        axes.set_yscale("log")
    axes.plot([], [], "o", color=ORANGE, label="policies")
    axes.legend(frameon=False)
    axes.set_xlabel(against.quantity.name)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value) if value else "0"))
    axes.grid(alpha=0.25)
