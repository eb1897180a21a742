"""Names beside the points of a figure, where they cover nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from calc.report.figure import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

_Side = Literal["left", "center", "right"]
_PLACES: tuple[tuple[tuple[float, float], _Side], ...] = (
    ((-6, 5), "right"), ((6, -10), "left"), ((6, 5), "left"), ((-6, -10), "right"), ((0, 12), "center"),
    ((0, -18), "center"), ((-14, 12), "right"), ((14, -18), "left"),
)  # fmt: skip
"""Where the name of a point may stand, in points from it, the best first."""


def name_points(axes: "Axes", points: Iterable[tuple[float, float, str]]) -> None:
    """Write the name beside each (x, y, name), where it fits and covers no other, no line and no legend.

    ``axes`` has its limits, its lines and its legend. Where every place is taken, the best that covers no name is.
    """
    from matplotlib.transforms import Bbox

    named = list(points)
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # of a whole figure; fixes where the data is
    legend = axes.get_legend()
    lines = [line.get_path().transformed(line.get_transform()) for line in axes.lines if line.get_linestyle() != "None"]
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in [axes.transData.transform((x, y)) for x, y, _ in named]]
    taken += [legend.get_window_extent()] if legend else []

    def free(box: "Bbox", on_lines: bool) -> bool:
        inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1
        crossed = not on_lines and any(line.intersects_bbox(box, filled=False) for line in lines)
        return inside and not crossed and not any(box.overlaps(other) for other in taken)

    def write(place: tuple[tuple[float, float], _Side], x: float, y: float, name: str) -> "Annotation":
        offset, side = place
        return axes.annotate(literal(name), (x, y), textcoords="offset points", xytext=offset, ha=side)

    for x, y, name in named:
        for on_lines, place in [(on_lines, place) for on_lines in (False, True) for place in _PLACES]:
            text = write(place, x, y, name)
            if free(text.get_window_extent(), on_lines):
                break
            text.remove()
        else:
            text = write(_PLACES[0], x, y, name)
        taken.append(text.get_window_extent())
