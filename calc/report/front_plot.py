"""Fronts as a figure: a panel a quantity, the policies beside the line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.analysis import Analysis
from calc.report.figure import BLUE, GREY, ORANGE, figure
from calc.report.units import short
from calc.search.marks import SEEDS, total
from calc.search.pareto import Against

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWN = 4000
"""Points of a line: more are closer together than a pixel."""


def draw(analysis: Analysis, fronts: Sequence[Against], name: str, path: str) -> None:
    """Draw ``fronts`` into ``path``. Raises OpError where it cannot be written."""
    with figure(path, 6.4 * len(fronts), 4.6) as drawn:
        drawn.suptitle(f"{analysis.graph.model}: least sensitivity for what it costs\nsensitivity: {name}", fontsize=11)
        for axes, against in zip(drawn.subplots(1, len(fronts), squeeze=False)[0], fronts, strict=True):
            _panel(axes, analysis, against)
            axes.set_ylabel("sensitivity")


def _panel(axes: "Axes", analysis: Analysis, against: Against) -> None:
    from matplotlib.ticker import FuncFormatter

    front = against.front
    step = max(1, len(front) // MOST_DRAWN)
    shown = [*range(0, len(front) - 1, step), len(front) - 1]
    costs = [total(analysis, against.quantity, int(front.costs[at])) for at in shown]
    hurt = [float(int(front.sensitivities[at]) * front.unit) for at in shown]
    axes.step(costs, hurt, where="post", color=BLUE, label=f"front, {len(front):,} points")
    widest = costs[-1]
    for mark in against.marks.found:
        if mark.sensitivity <= 0:
            continue
        seeds = mark.policy in SEEDS
        axes.plot(mark.cost, mark.sensitivity, "o" if seeds else "s", color=ORANGE if seeds else GREY, markersize=6)
        left = mark.cost > 0.8 * widest
        axes.annotate(
            mark.policy,
            (mark.cost, mark.sensitivity),
            xytext=(-7 if left else 7, 5),
            textcoords="offset points",
            ha="right" if left else "left",
        )
    if min(hurt) > 0:
        axes.set_yscale("log")
    axes.plot([], [], "o", color=ORANGE, label="the report's configurations")
    axes.plot([], [], "s", color=GREY, label="other policies")
    axes.legend(frameon=False)
    axes.set_xlabel(against.quantity.name)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value) if value else "0"))
    axes.grid(alpha=0.25)
