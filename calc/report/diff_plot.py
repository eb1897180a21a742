"""A difference of two networks as a figure: the ratio of each total, and the layers that changed most.

Ratios are on a logarithmic axis, so that small changes remain visible beside those of networks of very different size.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.colours import BLUE, GREY, ORANGE
from calc.gate.difference import Difference, LayerChange, Move
from calc.report.figure import figure, literal, unit
from calc.report.memory_plot import end_of_name
from calc.report.units import FROM, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRST = ("macs", "params", "weight_bytes", "bitops", "peak_activation_bytes", "kv_bytes", "bytes_moved")
"""The beginnings of the names of totals in the figure. Totals at bits are drawn for each policy."""
MOST_LAYERS = 16
_NEAR = 1.02
"""The axis reaches at least from 1 / this to this, so that the ratio 1 has a place on it."""


def draw_difference(before: str, after: str, found: Difference, path: str) -> None:
    """Draw ``found``, the difference from ``before`` to ``after``, which are names, into ``path``. Raises OpError."""
    moves = [move for move in found.moves if move.quantity.startswith(FIRST)]
    layers = sorted([layer for layer in found.layers if layer.delta_macs], key=lambda layer: -abs(layer.delta_macs))
    heights = [0.9 + 0.3 * max(len(moves), 1), 0.9 + 0.26 * max(1, min(len(layers), MOST_LAYERS))]
    with figure(path, 9.0, sum(heights) + 1.0) as drawn:
        drawn.suptitle(f"{literal(before)} → {literal(after)}", fontsize=11)
        totals, changed = drawn.subplots(2, 1, height_ratios=heights)
        _draw_totals(totals, moves)
        _draw_layers(changed, layers)


def _draw_totals(axes: "Axes", moves: Sequence[Move]) -> None:
    """Draw a bar for each total, from 1 to its ratio. A total that is 0 before or after has no bar."""
    from matplotlib.ticker import LogLocator, NullLocator

    ratios = [move.after / move.before if move.before and move.after else 1.0 for move in moves]
    colours = [ORANGE if move.delta > 0 else BLUE for move in moves]
    axes.barh(range(len(moves)), [ratio - 1 for ratio in ratios], left=1, color=colours, height=0.7)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    least, most = min([*ratios, 1 / _NEAR]), max([*ratios, _NEAR])
    room = max(1.2, (most / least) ** 0.45)  # for the numbers beside the bars
    axes.set_xlim(least / room, most * room)
    for at, (move, ratio) in enumerate(zip(moves, ratios, strict=True)):
        side = "left" if move.delta > 0 else "right"
        axes.annotate(
            literal(_said(move)), (ratio, at), xytext=(4 if side == "left" else -4, 0),
            textcoords="offset points", va="center", ha=side, fontsize=8,
        )  # fmt: skip
    axes.set_yticks(range(len(moves)), [literal(move.quantity) for move in moves], fontsize=8)
    axes.set_ylim(max(len(moves), 1) - 0.5, -0.5)
    within_a_decade = most / least < 10
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if within_a_decade else (1,)))
    axes.xaxis.set_major_formatter(lambda value, _: f"×{value:.3g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title("totals: after / before", loc="left", fontsize=10)
    if not moves:
        axes.text(0.5, 0.5, "no total moved", ha="center", va="center", transform=axes.transAxes)


def _said(move: Move) -> str:
    before, after = (
        FROM * bound + short(value) for value, bound in zip((move.before, move.after), move.at_least, strict=True)
    )
    times = f", ×{move.after / move.before:.3g}" if move.before and move.is_comparable else ""
    return f"{before} → {after}{times}"


def _draw_layers(axes: "Axes", layers: Sequence[LayerChange]) -> None:
    """Draw the layers whose MACs changed most, before in grey and after in colour."""
    shown = layers[:MOST_LAYERS]
    before = [layer.before.macs if layer.before else 0 for layer in shown]
    after = [layer.after.macs if layer.after else 0 for layer in shown]
    scale, letter, _ = unit(max([*before, *after], default=1))
    axes.barh([at - 0.2 for at in range(len(shown))], [value / scale for value in before], 0.36, color=GREY)
    colours = [ORANGE if layer.delta_macs > 0 else BLUE for layer in shown]
    axes.barh([at + 0.2 for at in range(len(shown))], [value / scale for value in after], 0.36, color=colours)
    names = [literal(f"{end_of_name(layer.row.name)} ({layer.change})") for layer in shown]
    axes.set_yticks(range(len(shown)), names, fontsize=8)
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.set_xlabel(f"MACs ({letter})" if letter else "MACs")
    more = f", the {MOST_LAYERS} of {len(layers)} that changed most" if len(layers) > MOST_LAYERS else ""
    axes.set_title(f"layers: before in grey, after in colour{more}", loc="left", fontsize=10)
    if not shown:
        axes.text(0.5, 0.5, "no layer has other MACs", ha="center", va="center", transform=axes.transAxes)
