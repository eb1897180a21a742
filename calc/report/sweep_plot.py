"""A sweep as a figure: one quantity over one axis, with a line for each value of a second axis."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calc.colours import AMBER, BLUE, GREEN, GREY, ORANGE, PINK, SKY
from calc.errors import OpError, nearest, number_of
from calc.quantities import quantities
from calc.report.figure import figure, literal
from calc.report.units import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BITS = "bits"
MOST_POINTS = 5_000
_COLOURS = (BLUE, ORANGE, GREEN, PINK, AMBER, SKY, GREY)
_STYLES = ("-", "--", ":")
MOST_LINES = len(_COLOURS) * len(_STYLES)
"""The largest number of lines of which no two look alike."""


def plotted(name: str) -> str:
    """Return the key of the quantity ``name`` in the rows of a sweep. Raises OpError with the nearest name."""
    known = {found.name: found.key for found in quantities("sweep")}
    if name not in known:
        raise OpError(f"--quantity {name[:60]!r}: is not a quantity of a sweep", nearest(name, known))
    return known[name]


def plotted_axes(varied: Mapping[str, int]) -> tuple[str, str | None]:
    """Choose the axis along the figure and the axis of its lines.

    ``varied`` has the number of values of each axis, by name.

    The axis with the most values is along the figure. Raises OpError for more than two axes, too many lines or too many
    points.
    """
    several = [name for name, values in varied.items() if values > 1]
    if len(several) > 2:
        raise OpError(f"--plot shows one or two axes, and {', '.join(several)} are varied", "vary fewer")
    along = max(several or varied, key=lambda name: (name != BITS, varied[name]) if len(several) > 1 else (True, 0))
    lines = next((name for name in several if name != along), None)
    if lines is not None and varied[lines] > MOST_LINES:
        raise OpError(f"--plot: {varied[lines]} values of {lines} are too many lines", f"at most {MOST_LINES}")
    points = varied[along] * (1 if lines is None else varied[lines])
    if points > MOST_POINTS:
        raise OpError(f"--plot: {number_of(points, 'point')}; at most {MOST_POINTS:,}")
    return along, lines


def draw_sweep(
    model: str, quantity: str, axes: tuple[str, str | None], records: Sequence[Mapping[str, Any]], path: str
) -> None:
    """Draw the total ``quantity`` of ``records``, which are rows of a sweep, into ``path``. Raises OpError."""
    along, lines = axes
    key = plotted(quantity)
    with figure(path, 8.0, 4.8) as drawn:
        drawn.suptitle(literal(f"{model}: {quantity} by {along}"), fontsize=11)
        _draw_lines(drawn.subplots(), along, lines, key, quantity, records)


def _draw_lines(
    axes: "Axes", along: str, lines: str | None, key: str, quantity: str, records: Sequence[Mapping[str, Any]]
) -> None:
    """Draw the lines. Points that cannot exist are gaps. Values that are not numbers are on the axis in their order."""
    values = list(dict.fromkeys([str(record[along]) for record in records]))
    are_numbers = all(type(record[along]) in (int, float) for record in records)
    by_line: dict[str, list[tuple[float, float]]] = {}
    for record in records:
        at = float(record[along]) if are_numbers else float(values.index(str(record[along])))
        total = float("nan") if record[key] is None else float(record[key])
        by_line.setdefault("" if lines is None else str(record[lines]), []).append((at, total))
    for number, (name, points) in enumerate(by_line.items()):
        label = literal(f"{lines} {name}") if lines else None
        style, colour = _STYLES[number // len(_COLOURS)], _COLOURS[number % len(_COLOURS)]
        axes.plot(*zip(*points, strict=True), style, color=colour, marker="o", markersize=3, label=label)
    if not are_numbers:
        axes.set_xticks(range(len(values)), [literal(value) for value in values], rotation=30 if len(values) > 6 else 0)
    axes.set_xlabel(literal(along))
    axes.set_ylabel(quantity)
    axes.yaxis.set_major_formatter(lambda value, _: short(value) if value > 0 else "0")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    if lines:
        axes.legend(frameon=False, fontsize=8, ncols=1 + (len(by_line) > 10))
    missing = sum(record[key] is None for record in records)
    if missing:
        axes.set_title(f"{number_of(missing, 'point')} cannot be, and left out", loc="right", fontsize=8)
