"""BitOps of each layer, with a panel for each configuration and bars coloured by the width of weights."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from calc.analysis import Analysis
from calc.colours import GREY, OF_BITS
from calc.configurations import Configuration
from calc.names import at_depth
from calc.report.figure import literal, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OTHERS = (GREY, "#000000")
_FEWEST_BLOCKS = 8
_LONGEST_NAME = 16
"""The number of characters above which the name of a block is shortened to its last parts."""
_NAME_SIZE = 7
"""The font size in points, which is also the smallest distance between two names."""

Side = Literal["left", "center", "right"]


class Bar(NamedTuple):
    """A layer with MACs."""

    name: str
    bitops: float
    weight_bits: int


class BlockBars(NamedTuple):
    """A run of neighbouring layers: their common name, the index of the first, and their number."""

    name: str
    start: int
    layers: int


def bars_of(analysis: Analysis) -> list[Bar]:
    """Return the layers with MACs in execution order, with BitOps in the definition that the analysis shows first."""
    convention = analysis.bitops_convention
    return [
        Bar(layer.name, float(layer.bitops[convention]), layer.weight_bits)
        for layer in analysis.layers
        if layer.macs and layer.weight_bits is not None
    ]


def colours(widths: Collection[int]) -> dict[int, str]:
    """Return a different colour for each of ``widths``. The usual widths always have the same colours."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    ordered = sorted(set(widths))
    if len(ordered) > len(OF_BITS) + len(_OTHERS):
        steps = colormaps["viridis"].resampled(len(ordered))
        return {bits: to_hex(steps(index)) for index, bits in enumerate(ordered)}
    free = iter([*_OTHERS, *[colour for bits, colour in OF_BITS.items() if bits not in ordered]])
    return {bits: OF_BITS.get(bits) or next(free) for bits in ordered}


def draw_layers(
    figure: "Figure", axes: Sequence["Axes"], found: Sequence[Configuration], titles: Sequence[str]
) -> None:
    """Draw each of ``found`` into one of ``axes``, under its title. The panels of one network have the same scale."""
    from matplotlib.patches import Patch

    rows = [bars_of(one.analysis) for one in found]
    tallest: dict[str, float] = {}
    for one, bars in zip(found, rows, strict=True):
        tallest[one.network] = max([tallest.get(one.network, 0.0), *[bar.bitops for bar in bars]])
    colour_of = colours({bar.weight_bits for bars in rows for bar in bars})
    for panel, one, bars, title in zip(axes, found, rows, titles, strict=True):
        scale, letter, _ = unit(tallest[one.network])
        heights = [bar.bitops / scale for bar in bars]
        panel.bar(range(len(bars)), heights, color=[colour_of[bar.weight_bits] for bar in bars], width=0.9)
        panel.set_ylim(0, 1.08 * tallest[one.network] / scale or 1)
        panel.set_xlim(-0.7, max(len(bars), 1) - 0.3)
        panel.set_title(title, loc="left", fontsize=10)
        panel.set_ylabel(f"{letter}BitOps" if letter else "BitOps")
        if not bars:
            panel.set_xticks([])
            panel.text(0.5, 0.5, "no layer has MACs", ha="center", va="center", transform=panel.transAxes)
    some = "; some others are not known completely" if any(one.is_at_least for one in found) else ""
    axes[-1].set_xlabel(f"layers with MACs, in execution order{some}")
    handles = [Patch(color=colour, label=f"{bits}-bit weights") for bits, colour in colour_of.items()]
    if handles:
        figure.legend(
            handles=handles, loc="outside lower center", ncols=min(len(handles), 6), frameon=False, fontsize=9
        )
    figure.draw_without_rendering()  # the layout decides the width of a panel, and so which names fit below it
    for panel, bars in zip(axes, rows, strict=True):
        if bars:
            _name_blocks(panel, blocks_of([bar.name for bar in bars]), figure.dpi)


def blocks_of(names: Sequence[str]) -> list[BlockBars]:
    """Return runs of layers whose names begin with the same parts, as few parts as give several blocks.

    Of a long name, only the last parts are kept.
    """
    deepest = max(name.count(".") + 1 for name in names)
    depths = range(1, deepest)
    depth = next((d for d in depths if len({at_depth(name, d) for name in names}) >= _FEWEST_BLOCKS), deepest)
    found = []
    start = 0
    for name, run in groupby(names, lambda name: at_depth(name, depth)):
        layers = len(list(run))
        found.append(BlockBars(_end_of(name), start, layers))
        start += layers
    return found


def _end_of(name: str) -> str:
    parts = name.split(".")
    while len(parts) > 1 and len(".".join(parts)) > _LONGEST_NAME:
        del parts[0]
    return ".".join(parts)


def _name_blocks(panel: "Axes", blocks: Sequence[BlockBars], inch: float) -> None:
    """Name blocks at their beginnings: the first block, then the longest, as many as fit beside one another."""
    from matplotlib.textpath import TextPath

    left, right = panel.get_xlim()
    room = panel.get_window_extent().width / inch * 72
    taken: list[tuple[float, float]] = []
    named: list[tuple[int, str, Side]] = []
    for block in [blocks[0], *sorted(blocks[1:], key=lambda block: -block.layers)]:
        width = TextPath((0, 0), literal(block.name), size=_NAME_SIZE).get_extents().width
        at = (block.start - left) / (right - left) * room
        side: Side = "left" if at < width / 2 else "right" if at + width / 2 > room else "center"
        begin = at - {"left": 0, "center": width / 2, "right": width}[side]
        if all(begin >= end or begin + width + _NAME_SIZE <= other for other, end in taken):
            taken.append((begin, begin + width + _NAME_SIZE))
            named.append((block.start, literal(block.name), side))
    panel.set_xticks([start for start, _, _ in named], [name for _, name, _ in named], fontsize=_NAME_SIZE)
    for label, (_, _, side) in zip(panel.get_xticklabels(), named, strict=True):
        label.set_horizontalalignment(side)
