"""Configurations as figures, with matplotlib (the extra ``plot``): total BitOps, and BitOps along the depth."""

from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.analysis import Analysis
from calc.bitops import FORMULAS
from calc.compare import Configuration
from calc.errors import OpError, printable
from calc.names import block_of
from calc.report.compare import page
from calc.report.units import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf", ".html")
MOST_PANELS = 12
"""More configurations than that have no view per layer: nobody could read it."""
_WIDTH = 9.0
# colours of Okabe and Ito, which people with any colour vision tell apart; widths without one are grey
_COLOURS = {1: "#CC79A7", 2: "#D55E00", 3: "#F0E442", 4: "#E69F00", 8: "#009E73", 16: "#56B4E9", 32: "#0072B2"}
_OTHER = "#777777"
_UNITS = ((10**12, "T", "10¹²"), (10**9, "G", "10⁹"), (10**6, "M", "10⁶"), (10**3, "K", "10³"), (1, "", "1"))
_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "calc",
    "figure.dpi": 120,
}


def write(found: Sequence[Configuration], path: Path) -> None:
    """Draw ``found`` into ``path``; its ending is one of ENDINGS.

    Raises OpError for another ending, without matplotlib, and where the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise OpError(f"{path}: a plot ends in {', '.join(ENDINGS)}")
    try:
        import matplotlib
    except ImportError:
        raise OpError("plots need matplotlib", "install it with: pip install 'macbits[plot]'") from None
    try:
        with matplotlib.rc_context(_SETTINGS | {"svg.fonttype": "none" if ending == ".html" else "path"}):
            if ending == ".html":
                path.write_text(_html(found), encoding="utf-8")
            else:
                metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(ending)
                draw(found).savefig(path, bbox_inches="tight", metadata=metadata)
    except OSError as error:
        raise OpError(f"{path}: cannot be written: {error.strerror}") from None


def draw(found: Sequence[Configuration]) -> "Figure":
    """The whole figure: a bar a configuration, and below, for not too many, a panel each with a bar a layer."""
    from matplotlib.figure import Figure

    panels = len(found) if len(found) <= MOST_PANELS else 0
    heights = [0.9 + 0.36 * len(found), *[1.15] * panels]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 0.45 * panels + 1.0), layout="constrained")
    axes = list(figure.subplots(1 + panels, 1, squeeze=False, height_ratios=heights)[:, 0])
    figure.suptitle(_title(found), fontsize=12, fontweight="bold")
    _draw_totals(axes[0], found)
    if panels:
        _draw_layers(axes[1:], found)
    return figure


def _title(found: Sequence[Configuration]) -> str:
    models = dict.fromkeys([one.analysis.graph.model for one in found])
    batch = found[0].analysis.batch
    if len(models) > 1:
        return f"BitOps of {len(models)} networks{'' if batch == 1 else f', batch {batch}'}"
    graph = found[0].analysis.graph
    return printable(f"{graph.model}, input {graph.input}{'' if batch == 1 else f', batch {batch}'}")


def _draw_totals(axes: "Axes", found: Sequence[Configuration]) -> None:
    values = [float(one.bitops) for one in found]
    scale, letter, power = _unit(max(values))
    bars = axes.barh(range(len(found)), [value / scale for value in values], color="#0072B2", height=0.7)
    in_one_unit = min(values) >= max(values) / 100
    labels = [f"{value / scale:#.3g}".rstrip(".") + f" {letter}" if in_one_unit else short(value) for value in values]
    axes.bar_label(bars, labels, padding=4)
    axes.set_yticks(range(len(found)), [_plain(one.label) for one in found])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    per = "a sample" if found[0].analysis.batch == 1 else "a batch"
    convention = FORMULAS[found[0].analysis.bitops_convention]
    prefix = f"{letter} = {power}; " if letter else ""
    axes.set_xlabel(f"total BitOps {per} ({prefix}{convention})")


def _draw_layers(axes: Sequence["Axes"], found: Sequence[Configuration]) -> None:
    """One panel a configuration, layers in execution order; panels of one network share their scale."""
    from matplotlib.patches import Patch

    rows = [_layers(one.analysis) for one in found]
    tallest: dict[str, float] = {}
    for one, layers in zip(found, rows, strict=True):
        model = one.analysis.graph.model
        tallest[model] = max([tallest.get(model, 0.0), *[value for _, value, _ in layers]])
    widths = sorted({bits for layers in rows for _, _, bits in layers})
    for panel, one, layers in zip(axes, found, rows, strict=True):
        scale, letter, _ = _unit(tallest[one.analysis.graph.model])
        panel.bar(
            range(len(layers)),
            [value / scale for _, value, _ in layers],
            color=[_COLOURS.get(bits, _OTHER) for _, _, bits in layers],
            width=0.9,
        )
        panel.set_ylim(0, 1.08 * tallest[one.analysis.graph.model] / scale)
        panel.set_xlim(-0.7, len(layers) - 0.3)
        panel.set_title(_plain(one.label), loc="left", fontsize=10)
        panel.set_ylabel(f"{letter}BitOps" if letter else "BitOps")
        _name_layers(panel, [name for name, _, _ in layers])
    axes[-1].set_xlabel("layers with MACs, in execution order")
    handles = [Patch(color=_COLOURS.get(bits, _OTHER), label=f"{bits}-bit weights") for bits in widths]
    above: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.0}
    axes[0].legend(handles=handles, ncols=len(handles), frameon=False, fontsize=9, **above)


def _name_layers(panel: "Axes", names: Sequence[str]) -> None:
    """About eight blocks by name along the axis, so that a reader finds the place in the network."""
    step = max(1, -(-len(names) // 8))
    ticks = list(range(0, len(names), step))
    panel.set_xticks(ticks, [_plain(_end_of(block_of(names[tick]))) for tick in ticks], fontsize=7)


def _end_of(name: str) -> str:
    return name if len(name) <= 16 else f"…{name[-15:]}"


def _layers(analysis: Analysis) -> list[tuple[str, float, int]]:
    """Name, BitOps and weight bits of each layer with MACs."""
    convention = analysis.bitops_convention
    return [
        (layer.name, float(layer.bitops[convention]), layer.weight_bits)
        for layer in analysis.layers
        if layer.macs and layer.weight_bits is not None
    ]


def _unit(largest: float) -> tuple[int, str, str]:
    return next((unit for unit in _UNITS if largest >= unit[0]), _UNITS[-1])


def _plain(text: str) -> str:
    """``text`` without what matplotlib would typeset as mathematics."""
    return printable(text).replace("$", r"\$")


def _html(found: Sequence[Configuration]) -> str:
    """One file without scripts: the figure, which keeps its text, and the numbers behind it."""
    drawn = StringIO()
    draw(found).savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
    svg = drawn.getvalue()
    table = page(found)
    titles = "".join([f"<th>{escape(column.title)}</th>" for column in table.sections[0].table.columns])
    rows = "\n".join([_html_row(row) for row in table.sections[0].table.texts()])
    lines = "".join([f"<li>{escape(f'{line.label}: {line.value}, {line.note}')}</li>" for line in table.lines])
    notes = "".join([f"<p>{escape(note)}</p>" for note in table.sections[0].notes])
    return _DOCUMENT.format(
        title=escape(_title(found)), svg=svg[svg.index("<svg") :], titles=titles, rows=rows, lines=lines, notes=notes
    )


def _html_row(texts: Sequence[Any]) -> str:
    cells = "".join([f"<td>{escape(text)}</td>" for text in texts])
    return f"<tr>{cells}</tr>"


_DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }}
svg {{ width: 100%; height: auto; font-family: sans-serif }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem }}
td, th {{ padding: 0.25rem 0.6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }}
td:first-child, th:first-child {{ text-align: left }}
</style>
</head>
<body>
<h1>{title}</h1>
<ul>{lines}</ul>
{svg}
<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>
{rows}
</tbody></table></div>
{notes}
</body>
</html>
"""
