"""Configurations as figures of matplotlib (the extra ``plot``): total BitOps, and BitOps of each layer."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from calc import writing
from calc.bitops import CONVENTIONS
from calc.colours import BLUE
from calc.configurations import Configuration, bits_text
from calc.errors import OpError, printable
from calc.extras import install_hint
from calc.model.inputs import input_text
from calc.report import plot_layers
from calc.report.compare import page, shared
from calc.report.figure import SETTINGS, literal, save, unit, without_folders
from calc.report.plot_html import document
from calc.report.units import FROM, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf", ".html")
MOST_PANELS = 12
"""The largest number of configurations with a panel for each. More panels would not be readable."""
_WIDTH = 9.0


def save_figure(found: Sequence[Configuration], path: Path) -> None:
    """Draw ``found`` into ``path``, whole or not at all. Its ending is one of ENDINGS.

    Raises OpError for another ending, without matplotlib, and if the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise OpError(f"{path}: a plot ends in {', '.join(ENDINGS)}")
    try:
        import matplotlib
    except ImportError:
        raise OpError("plots need matplotlib", install_hint("plot")) from None
    fonts = {"svg.fonttype": "none" if ending == ".html" else "path"}
    with catch_warnings(), matplotlib.rc_context(SETTINGS | fonts | {"figure.dpi": 120}):
        filterwarnings("ignore", "Glyph")  # a character that the font lacks is a box in pictures, but correct in HTML
        if ending == ".html":
            writing.write(path, _html(found).encode())
        else:
            save(draw_configurations(found), path, bbox_inches="tight")


def draw_configurations(found: Sequence[Configuration]) -> "Figure":
    """Draw a bar for each configuration and, if they are not too many, a panel for each with a bar for each layer."""
    from matplotlib.figure import Figure

    panels = len(found) if len(found) <= MOST_PANELS else 0
    heights = [0.9 + 0.36 * len(found), *[1.25] * panels]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 0.5 * panels + 1.3), layout="constrained")
    axes = list(figure.subplots(1 + panels, 1, squeeze=False, height_ratios=heights)[:, 0])
    figure.suptitle(literal(_title(found)) + "\n" + literal(_stated(found)), fontsize=11)
    labels = _labels(found)
    _draw_totals(axes[0], found, labels)
    if panels:
        plot_layers.draw_layers(figure, axes[1:], found, labels)
    return figure


def _title(found: Sequence[Configuration]) -> str:
    """Return the network or the number of networks, with the precision if there is only one."""
    networks = list(dict.fromkeys([one.network for one in found]))
    name = networks[0] if len(networks) == 1 else f"{len(networks)} networks"
    precision = f" at {bits_text(found[0].analysis.policy)}" if len(found) == len(networks) else ""
    return printable(f"BitOps of {name}{precision}")


def _stated(found: Sequence[Configuration]) -> str:
    """Return the input, the batch and the bits of activations, without which the numbers have no meaning."""
    stated = {line.label: line for line in shared(found)}
    size, activations = stated["input"], stated["activations"]
    return f"input {size.value}, {size.note}; activations {activations.value}: {activations.note}"


def _labels(found: Sequence[Configuration]) -> list[str]:
    """Return the labels, with the input if it differs."""
    inputs = [input_text(one.analysis.graph.input_sizes) for one in found]
    several = len(set(inputs)) > 1
    names = without_folders([one.label for one in found])
    return [literal(f"{name}, {size}" if several else name) for name, size in zip(names, inputs, strict=True)]


def _draw_totals(axes: "Axes", found: Sequence[Configuration], labels: Sequence[str]) -> None:
    values = [float(one.bitops) for one in found]
    in_one_unit = min(values) >= max(values) / 100 > 0
    is_log = max(values) > 0 and not in_one_unit  # otherwise the bar of a small network would not be seen
    scale, letter, power = (1, "", "") if is_log else unit(max(values))
    bars = axes.barh(range(len(found)), [value / scale for value in values], color=BLUE, height=0.7)
    sums = [f"{value / scale:#.3g}".rstrip(".") + f" {letter}" if in_one_unit else short(value) for value in values]
    sums = [FROM * one.is_at_least + text for one, text in zip(found, sums, strict=True)]
    axes.bar_label(bars, sums, padding=4)
    axes.set_yticks(range(len(found)), labels)
    axes.set_ylim(len(found) - 0.5, -0.5)
    if is_log:
        axes.set_xscale("log")
        axes.set_xlim(min([value for value in values if value > 0]) / 10, 10 * max(values))
    else:
        axes.set_xlim(0, 1.12 * max(values) / scale or 1)
    per = "per sample" if found[0].analysis.batch == 1 else "per batch"
    convention = CONVENTIONS[found[0].analysis.bitops_convention].formula
    prefix = f"{letter} = {power}; " if letter else ""
    left_out = f"\nno view per layer: more than {MOST_PANELS} configurations" if len(found) > MOST_PANELS else ""
    scaled = ", on a logarithmic scale" if is_log else ""
    axes.set_xlabel(f"total BitOps {per} ({prefix}{convention}){scaled}{left_out}")


def _html(found: Sequence[Configuration]) -> str:
    drawn = StringIO()
    draw_configurations(found).savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
    return document(_title(found), drawn.getvalue(), page(found))
