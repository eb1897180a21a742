"""Tells which storage formats weights can be rounded to, without torch, so that a command can refuse at once."""

from calc.formats import Format
from verify.quantise.scheme import MAX_BITS


def is_roundable(format_: Format) -> bool:
    """Return whether weights can be rounded to the format, because the numbers that its codes mean are known.

    They are not for formats whose codes a search or calibration chooses: those of AutoGPTQ, AutoAWQ and GGUF.
    """
    codes = format_.stored[0]
    return all(part.kind for part in format_.stored) and (codes.kind != "int" or 2 <= codes.bits <= MAX_BITS)
