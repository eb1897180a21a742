"""Accuracy against BitOps."""

from collections.abc import Sequence

from calc.report.units import short
from verify.evaluate.evaluate import Measured
from verify.plot import COLOURS, picture


def plot(measured: Sequence[Measured], path: str, title: str) -> None:
    """Top-1 over BitOps, by the conventions weight and product, one labelled point a configuration."""
    from matplotlib.ticker import LogLocator

    with picture(path, 10, 4.2, columns=2) as axes:
        for axis, convention in zip(axes, ("weight", "product"), strict=True):
            points = sorted((each.bitops[convention], each.score.top1, each.bits) for each in measured)
            axis.plot([x for x, _, _ in points], [y for _, y, _ in points], "o", color=COLOURS[0])
            for index, (x, y, name) in enumerate(points):
                # of two points in one place the second has its label on the other side
                right = index > 0 and x < 1.05 * points[index - 1][0] and abs(y - points[index - 1][1]) < 4
                offset, side = ((6, -10), "left") if right else ((-6, 5), "right")
                axis.annotate(name, (x, y), textcoords="offset points", xytext=offset, ha=side)
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(lambda value, _position: short(value))
            axis.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
            axis.xaxis.set_minor_formatter(lambda value, _position: short(value))
            axis.margins(x=0.3)
            axis.tick_params(axis="x", which="both", length=4, pad=4)
            axis.set_ylim(-4, 104)
            axis.set_xlabel(f"BitOps ({convention})")
            axis.grid(alpha=0.3)
        axes[0].set_ylabel("top-1 accuracy, %")
        axes[0].set_title(title, loc="left")
