"""Plots accuracy against BitOps."""

from collections.abc import Sequence

from calc.report.point_names import name_points
from calc.report.units import short
from verify.evaluate.measured import Evaluated
from verify.plot import COLOURS, picture

CONVENTIONS = ("weight", "product")
MOST_LABELLED = 100
"""If the ends of an axis have a larger ratio, only powers of ten are labelled, because labels would overlap."""


def plot(measured: Sequence[Evaluated], path: str, title: str) -> None:
    """Plot top-1 over BitOps, by the conventions weight and product, with a labelled point for each configuration."""
    from matplotlib.ticker import LogLocator, NullFormatter

    tops, names = [each.score.top1 for each in measured], [each.bits for each in measured]
    with picture(path, 10, 4.2, columns=2) as axes:
        for axis, convention in zip(axes, CONVENTIONS, strict=True):
            axis.plot([each.bitops[convention] for each in measured], tops, "o", color=COLOURS[0])
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(lambda value, _position: short(value))
            axis.margins(x=0.3)
            low, high = axis.get_xlim()
            if high < MOST_LABELLED * low:
                axis.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
                axis.xaxis.set_minor_formatter(lambda value, _position: short(value))
            else:
                axis.xaxis.set_minor_formatter(NullFormatter())
            axis.tick_params(axis="x", which="both", length=4, pad=4)
            axis.set_ylim(-4, 104)
            axis.set_xlabel(f"BitOps ({convention})")
            axis.grid(alpha=0.3)
        axes[0].set_ylabel("top-1 accuracy, %")
        axes[0].set_title(title, loc="left")
        for axis, convention in zip(axes, CONVENTIONS, strict=True):
            name_points(axis, zip([each.bitops[convention] for each in measured], tops, names, strict=True))
