"""The same bits everywhere: ``8``, ``w4a8``, ``fp32``, ``fp16``."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment

FLOATS = {"fp32": Bits(32, 32), "fp16": Bits(16, 16)}
NARROWEST, WIDEST = 1, 64


class Uniform(NamedTuple):
    """Every layer with MACs at ``bits``."""

    name: str
    bits: Bits

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        assigned = Assigned(self.bits, "all layers")
        return tuple([assigned if row.products else None for row in counts])


def uniform_bits(text: str) -> Bits | None:
    """The bits that ``8``, ``w4a8``, ``fp32`` or ``fp16`` stand for; ``None`` for any other text.

    Raises OpError for widths outside 1 to 64.
    """
    if text in FLOATS:
        return FLOATS[text]
    weight, marker, activation = text.removeprefix("w").partition("a") if text.startswith("w") else (text, "", text)
    if not (_is_number(weight) and _is_number(activation)) or (text.startswith("w") and not marker):
        return None
    return Bits(_width(weight), _width(activation))


def width(bits: int) -> int:
    """``bits`` itself. Raises OpError where it is not 1 to 64."""
    if not NARROWEST <= bits <= WIDEST:
        raise OpError(f"{bits} bits: must be {NARROWEST} to {WIDEST}")
    return bits


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _width(digits: str) -> int:
    if len(digits.lstrip("0")) > 2:
        raise OpError(f"{digits[:12]} bits: must be {NARROWEST} to {WIDEST}")
    return width(int(digits))
