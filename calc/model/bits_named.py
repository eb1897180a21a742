"""Reads the bits that the name of a format stands for."""

from calc.formats.plain import plain_codes, whole_format
from calc.model.graph import Bits


def bits_named(text: str) -> Bits | None:
    """Return the bits of weights and activations in the format called ``text``; None if there is no such format.

    Names such as ``w4g128a8`` and ``nf4-a8`` include the activations. Raises OpError for an impossible number.
    """
    from calc.formats import known_pair  # reads all formats, which a run at plain bits does not need

    found = known_pair(text)
    if found is None:
        return None
    weights, activations = found
    is_plain = weights in (plain_codes(weights.code_bits), whole_format("fp32"))
    return Bits(weights.code_bits, activations.code_bits, None if is_plain else weights)
