"""A run as a figure: the share of each block in the BitOps, and the memory that is needed while the network runs."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from calc.analysis import Analysis
from calc.configurations import bits_text
from calc.model.inputs import input_text
from calc.report.figure import figure, literal
from calc.report.memory_plot import MOST_TICKS, TITLE, draw_needed, end_of_name, name_steps
from calc.report.plot_layers import colours
from calc.report.rows import ReportRow, View, listing, usual_rows
from calc.report.summary import told
from calc.report.units import FROM, share, short, short_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Piece = tuple[int, int | float]
"""The bits of weights, and the BitOps of the layers that have them."""


def draw_run(analysis: Analysis, path: str) -> None:
    """Draw ``analysis`` into ``path``. Raises OpError if it cannot be written."""
    by = usual_rows(analysis)
    rows = listing(analysis, View(by=by if by == "repeat" else "block")).rows
    with figure(path, 9.0, 7.6) as drawn:
        drawn.suptitle(fill(literal(_title(analysis)), TITLE), fontsize=11)
        blocks, memory = drawn.subplots(2, 1)
        _draw_shares(blocks, analysis, rows)
        draw_needed(memory, analysis)
        peak = told(analysis, "memory", short_bytes(analysis.memory.bytes), FROM)
        memory.set_title(f"memory of activations: peak {peak}", loc="left", fontsize=10)
        name_steps(memory, analysis)


def _title(analysis: Analysis) -> str:
    deployed = ", deployed" if analysis.deployment is not None else ""
    batch = f", batch {analysis.batch}" if analysis.batch > 1 else ""
    size = input_text(analysis.graph.input_sizes)
    return f"{analysis.graph.model} at {bits_text(analysis.policy)}, input {size}{batch}{deployed}"


def _draw_shares(axes: "Axes", analysis: Analysis, rows: Sequence[ReportRow]) -> None:
    """Draw a bar for each block in execution order. A bar has a piece for each width of weights in the block."""
    from matplotlib.patches import Patch

    convention = analysis.bitops_convention
    total = analysis.totals.bitops[convention]
    pieces = [_pieces(row, convention) for row in rows]
    colour_of = colours({bits for each in pieces for bits, _ in each})
    for at, each in enumerate(pieces):
        below = 0.0
        for bits, bitops in each:
            height = share(bitops, total)
            axes.bar(at, height, bottom=below, width=0.9, color=colour_of[bits])
            below += height
    every = -(-len(rows) // MOST_TICKS) if rows else 1
    names = [literal(end_of_name(row.name)) for row in rows]
    axes.set_xticks(range(0, len(rows), every), names[::every], rotation=90)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_xlim(-0.6, max(len(rows), 1) - 0.4)
    axes.set_ylabel(f"share of the BitOps ({convention}), %")
    whole = told(analysis, "bitops", short(total), FROM)
    what = "layers that are alike" if usual_rows(analysis) == "repeat" else "blocks"
    axes.set_title(f"{what}: {whole} BitOps ({convention}) in all", loc="left", fontsize=10)
    if not rows:
        axes.text(0.5, 0.5, "no layer has MACs", ha="center", va="center", transform=axes.transAxes)
    elif colour_of:
        handles = [Patch(color=colour, label=f"{bits}-bit weights") for bits, colour in colour_of.items()]
        axes.legend(handles=handles, frameon=False, fontsize=9, ncols=min(len(handles), 4))


def _pieces(row: ReportRow, convention: str) -> list[Piece]:
    found: dict[int, int | float] = {}
    for layer in row.layers:
        if layer.weight_bits is not None:
            found[layer.weight_bits] = found.get(layer.weight_bits, 0) + layer.bitops[convention]
    return sorted(found.items(), reverse=True)
