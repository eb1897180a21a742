"""Memory over time as a figure: the bytes that each layer needs while it runs, and the place of each tensor in an
arena.
"""

from textwrap import fill
from typing import TYPE_CHECKING

from calc.analysis import Analysis
from calc.colours import AMBER, BLUE, GREEN, ORANGE, PINK, SKY, YELLOW
from calc.configurations import bits_text
from calc.quantities import at_least
from calc.report.figure import figure, literal, unit
from calc.report.memory_map import Placement, placements
from calc.report.units import short_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TICKS = 24
"""The largest number of names below the time axis. With more layers, every second, third, … is named."""
TITLE = 110
LONGEST_NAME = 32
"""The largest number of characters of a name below the time axis. Of a longer name, the end is shown."""
FILLS = (BLUE, GREEN, SKY, AMBER, PINK, YELLOW)
"""The colours of tensors in turn, so that neighbours differ. They are those of all figures, by Okabe and Ito."""


def draw_memory(analysis: Analysis, path: str) -> None:
    """Draw the plan of ``analysis`` into ``path``. Raises OpError if it cannot be written."""
    plan = analysis.memory
    panels = 2 if plan.offsets else 1
    with figure(path, 9.0, 1.4 + 3.2 * panels) as drawn:
        drawn.suptitle(fill(literal(_title(analysis)), TITLE), fontsize=11)
        axes = list(drawn.subplots(panels, 1, squeeze=False, sharex=True)[:, 0])
        scale, letter, _ = unit(plan.bytes)
        draw_needed(axes[0], analysis)
        if plan.offsets:
            placed = placements(plan, analysis.workload.lifetimes, analysis.storage_bytes)
            _draw_placed(axes[1], placed, scale, plan.bytes)
            axes[1].set_ylabel(f"place in the arena ({letter}B)")
        name_steps(axes[-1], analysis)


def steps_of(analysis: Analysis) -> list[int]:
    """Return the nodes that make a tensor, which are the steps of a plan."""
    return [index for index, elements in enumerate(analysis.workload.lifetimes.elements) if elements]


def name_steps(axes: "Axes", analysis: Analysis) -> None:
    """Name the steps below ``axes``, as many as fit."""
    names = [analysis.graph.nodes[index].name for index in steps_of(analysis)]
    every = -(-len(names) // MOST_TICKS)
    axes.set_xticks(range(0, len(names), every), [literal(end_of_name(name)) for name in names[::every]], rotation=90)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_xlabel("layers that make a tensor, in execution order")


def end_of_name(name: str) -> str:
    """Return the end of a long name."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _title(analysis: Analysis) -> str:
    plan = analysis.memory
    deployed = ", deployed" if analysis.deployment is not None else ""
    layer = analysis.graph.nodes[plan.layer].name
    head = f"{analysis.graph.model} at {bits_text(analysis.policy)}{deployed}"
    most = "at its most at least" if at_least(["memory"], analysis.unknown) else "at most"
    return f"{head}: memory of activations, {plan.planner}, {most} {short_bytes(plan.bytes)} at {layer}"


def draw_needed(axes: "Axes", analysis: Analysis) -> None:
    """Draw a bar for each step with the bytes that it needs.

    For another planner, a line shows the bytes alive at once.
    """
    plan, steps = analysis.memory, steps_of(analysis)
    scale, letter, _ = unit(plan.bytes)
    axes.set_ylabel(f"memory ({letter}B)")
    needed = [plan.needed[index] / scale for index in steps]
    colours = [ORANGE if plan.needed[index] == plan.bytes else BLUE for index in steps]
    axes.bar(range(len(steps)), needed, width=1.0, color=colours, label=f"{plan.planner}, the peak in orange")
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
