"""Writes names beside the points of a figure without covering anything."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from calc.colours import GREY
from calc.report.figure import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

_Side = Literal["left", "center", "right"]
_PLACES: tuple[tuple[tuple[float, float], _Side], ...] = (
    ((-6, 5), "right"), ((6, -10), "left"), ((6, 5), "left"), ((-6, -10), "right"), ((0, 12), "center"),
    ((0, -18), "center"), ((-14, 12), "right"), ((14, -18), "left"), ((0, 26), "center"), ((0, -32), "center"),
    ((-14, 26), "right"), ((14, 26), "left"), ((0, 40), "center"), ((0, 54), "center"),
)  # fmt: skip
"""The places for the name of a point, as offsets from it in points, the best first."""
_NEAR = 20
"""Names that are farther above or below their point than this, in points, have a line to it."""


def name_points(axes: "Axes", points: Iterable[tuple[float, float, str]]) -> None:
    """Write the name beside each (x, y, name), where it fits and covers no other name, line or legend.

    ``axes`` must have its limits, lines and legend already. If every place is taken, the best place that covers no name
    is used.
    """
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    named = list(points)
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # a whole figure; drawing fixes positions
    legend = axes.get_legend()
    lines = [line.get_path().transformed(line.get_transform()) for line in axes.lines if line.get_linestyle() != "None"]
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in [axes.transData.transform((x, y)) for x, y, _ in named]]
    taken += [legend.get_window_extent()] if legend else []

    def free(box: "Bbox", on_lines: bool) -> bool:
        inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 and axes.bbox.y0 <= box.y0
        crossed = not on_lines and any(line.intersects_bbox(box, filled=False) for line in lines)
        return inside and not crossed and not any(box.overlaps(other) for other in taken)

    def extent(name: "Annotation") -> "Bbox":
        name.get_window_extent()  # positions the text
        return Text.get_window_extent(name)  # the text alone, without the line

    def write(place: tuple[tuple[float, float], _Side], x: float, y: float, name: str) -> "Annotation":
        offset, side = place
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": GREY} if abs(offset[1]) > _NEAR else None
        return axes.annotate(literal(name), (x, y), textcoords="offset points", xytext=offset, ha=side, arrowprops=line)

    for x, y, name in named:
        for on_lines, place in [(on_lines, place) for on_lines in (False, True) for place in _PLACES]:
            text = write(place, x, y, name)
            if free(extent(text), on_lines):
                break
            text.remove()
        else:
            text = write(_PLACES[0], x, y, name)
        taken.append(extent(text))
