"""The pictures of a notebook. They are those of the page, small and without a script."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from calc.analysis import Analysis
from calc.colours import BLUE, GREY, OF_BITS, ORANGE
from calc.errors import number_of, printable
from calc.report.units import short_bytes

BITS_BY_LAYER = "Bits by layer: weights above, activations below"
MEMORY_OVER_TIME = "Memory of activations over time"
"""The titles of the pictures, on the page too."""
_MEMORY_HEIGHT = 100


def bits_strip(analysis: Analysis) -> str:
    """Return two strips with a cell for each layer with MACs in the colour of its bits, and a legend.

    The result is empty if no layer has MACs.
    """
    found = [(layer.weight_bits, layer.activation_bits) for layer in analysis.layers]
    weights = [weight or 0 for weight, activation in found if activation is not None]
    activations = [activation for _, activation in found if activation is not None]
    if not activations:
        return ""
    cells = [*_cells(weights, 0), *_cells(activations, 26)]
    drawn = _svg(BITS_BY_LAYER, len(activations), 50, cells)
    widths = sorted({*weights, *activations})
    named = [f'<b style="background:{_shade(width)}"></b> {number_of(width, "bit")} ' for width in widths]
    return f"<p>{BITS_BY_LAYER} · {''.join(named)}</p>{drawn}"


def memory_chart(analysis: Analysis) -> str:
    """Return a picture of the bytes that each layer needs while it runs, with the peak.

    The result is empty if not all bytes are known.
    """
    live = analysis.live_bytes
    most = max(live, default=0)
    if analysis.unknown or not most:
        return ""
    steps, at = [], 0
    for value, run in groupby(live):
        length = len(list(run))
        steps.append(f"V{_MEMORY_HEIGHT - value * _MEMORY_HEIGHT // most}h{length}")
        at += length
    peak = live.index(most)
    paths = [
        f'<path fill="{BLUE}" d="M0,{_MEMORY_HEIGHT}{"".join(steps)}V{_MEMORY_HEIGHT}z"/>',
        f'<path fill="{ORANGE}" d="M{peak},0h{max(1, at // 300)}v{_MEMORY_HEIGHT}H{peak}z"/>',
    ]
    said = f"peak: {short_bytes(most)} while {escape(printable(analysis.layers[peak].name))} runs"
    return f"<p>{MEMORY_OVER_TIME} · {said}</p>{_svg(MEMORY_OVER_TIME, at, _MEMORY_HEIGHT, paths)}"


def _cells(widths: Sequence[int], top: int) -> list[str]:
    """Return a strip that is 24 high and begins at ``top``. Neighbours of one width are one cell."""
    found, at = [], 0
    for width, run in groupby(widths):
        length = len(list(run))
        found.append(f'<path fill="{_shade(width)}" d="M{at},{top}h{length}v24h-{length}z"/>')
        at += length
    return found


def _shade(bits: int) -> str:
    return OF_BITS.get(bits, GREY)


def _svg(label: str, width: int, height: int, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" aria-label="{label}"'
    return f"<svg {box}>{''.join(parts)}</svg>"
