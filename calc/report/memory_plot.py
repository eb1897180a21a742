"""Memory over time as a figure: what is needed while each layer runs, and where an arena puts each tensor."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from calc.analysis import Analysis
from calc.configurations import bits_text
from calc.quantities import at_least
from calc.report.figure import BLUE, GREEN, ORANGE, figure, literal, unit
from calc.report.memory_map import Placement, placements
from calc.report.units import short_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TICKS = 24
"""Names below the time axis; of more layers every second, third, … is named."""
TITLE = 110
LONGEST_NAME = 32
"""Characters below the time axis: of a longer name its end."""
FILLS = (BLUE, GREEN, "#56B4E9", "#E69F00", "#CC79A7", "#F0E442")
"""Of tensors, in turn: neighbours differ. Okabe and Ito's, as those of all figures."""


def draw_memory(analysis: Analysis, path: str) -> None:
    """Draw the plan of ``analysis`` into ``path``. Raises OpError where it cannot be written."""
    plan = analysis.memory
    steps = [index for index, elements in enumerate(analysis.workload.lifetimes.elements) if elements]
    names = [analysis.graph.nodes[index].name for index in steps]
    panels = 2 if plan.offsets else 1
    with figure(path, 9.0, 1.4 + 3.2 * panels) as drawn:
        drawn.suptitle(fill(literal(_title(analysis)), TITLE), fontsize=11)
        axes = list(drawn.subplots(panels, 1, squeeze=False, sharex=True)[:, 0])
        scale, letter, _ = unit(plan.bytes)
        _draw_needed(axes[0], analysis, steps, scale)
        if plan.offsets:
            placed = placements(plan, analysis.workload.lifetimes, analysis.storage_bytes)
            _draw_placed(axes[1], placed, scale, plan.bytes)
            axes[1].set_ylabel(f"place in the arena ({letter}B)")
        axes[0].set_ylabel(f"memory ({letter}B)")
        every = -(-len(steps) // MOST_TICKS)
        axes[-1].set_xticks(range(0, len(steps), every), [literal(_end(name)) for name in names[::every]], rotation=90)
        axes[-1].tick_params(axis="x", labelsize=7)
        axes[-1].set_xlim(-0.5, len(steps) - 0.5)
        axes[-1].set_xlabel("layers that make a tensor, in execution order")


def _end(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _title(analysis: Analysis) -> str:
    plan = analysis.memory
    deployed = ", deployed" if analysis.deployment is not None else ""
    layer = analysis.graph.nodes[plan.layer].name
    head = f"{analysis.graph.model} at {bits_text(analysis.policy)}{deployed}"
    most = "at its most at least" if at_least(["memory"], analysis.unknown) else "at most"
    return f"{head}: memory of activations, {plan.planner}, {most} {short_bytes(plan.bytes)} at {layer}"


def _draw_needed(axes: "Axes", analysis: Analysis, steps: Sequence[int], scale: int) -> None:
    plan = analysis.memory
    needed = [plan.needed[index] / scale for index in steps]
    colours = [ORANGE if plan.needed[index] == plan.bytes else BLUE for index in steps]
    axes.bar(range(len(steps)), needed, width=1.0, color=colours, label=f"{plan.planner}, the most in orange")
    if plan.planner != "liveness":
        alive = [analysis.liveness.needed[index] / scale for index in steps]
        axes.step(range(len(steps)), alive, where="mid", color="black", linewidth=1, label="alive at once (liveness)")
    axes.legend(frameon=False, loc="upper right")


def _draw_placed(axes: "Axes", placed: dict[int, Placement], scale: int, total: int) -> None:
    from matplotlib.patches import Rectangle

    for number, each in enumerate(placed.values()):
        corner = (each.first - 0.5, each.offset / scale)
        wide = each.last - each.first + 1
        colour = FILLS[number % len(FILLS)]
        axes.add_patch(Rectangle(corner, wide, each.size / scale, facecolor=colour, edgecolor="white", linewidth=0.6))
    axes.set_ylim(0, total / scale)
