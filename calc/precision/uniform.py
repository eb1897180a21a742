"""The same bits for all layers: ``8``, ``w4a8``, ``fp32``, ``fp16``, ``int4g128``."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError
from calc.formats.plain import FLOATS, NARROWEST, WIDEST
from calc.model.bits_named import bits_named
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment
from calc.precision.roles import FP32, LLM, Roles, all_in

_INTEGERS = ("integer", "few values")
"""The families of formats whose codes are integers, with or without scales."""
_HALF = 16


class Uniform(NamedTuple):
    """The same ``bits`` for every layer with MACs."""

    name: str
    bits: Bits

    @property
    def roles(self) -> Roles | None:
        """The formats by role. A float is for the whole network, and other formats of narrow weights imply ``llm``.

        If activations are integers too, as in ``int8``, the default roles apply, as they do for plain widths.
        """
        stored = FP32 if self.name == FP32.name else self.bits.format
        if stored is None or (stored.family in _INTEGERS and stored.takes_activations and self.bits.activation < _HALF):
            return None
        return all_in(stored) if stored.name in FLOATS else LLM

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        assigned = Assigned(self.bits, "all layers")
        return tuple([assigned if row.products else None for row in counts])


def uniform_bits(text: str) -> Bits | None:
    """Return the bits of ``8``, ``w4a8``, ``fp32``, ``fp16`` or the name of a format; ``None`` for other text.

    Raises OpError for widths outside 1 to 64.
    """
    if text == "fp32":
        return Bits(32, 32)
    weight, marker, activation = text.removeprefix("w").partition("a") if text.startswith("w") else (text, "", text)
    if not (_is_number(weight) and _is_number(activation)) or (text.startswith("w") and not marker):
        return bits_named(text)
    return Bits(_width(weight), _width(activation))


def width(bits: int) -> int:
    """Return ``bits``. Raises OpError if they are not 1 to 64."""
    if not NARROWEST <= bits <= WIDEST:
        raise OpError(f"{bits} bits: must be {NARROWEST} to {WIDEST}")
    return bits


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _width(digits: str) -> int:
    if len(digits.lstrip("0")) > 2:
        raise OpError(f"{digits[:12]} bits: must be {NARROWEST} to {WIDEST}")
    return width(int(digits))
