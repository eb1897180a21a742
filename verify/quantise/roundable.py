"""Which storage formats weights can be rounded to, told without torch, so that a command can refuse at once."""

from calc.formats import Format
from verify.quantise.scheme import MAX_BITS


def is_roundable(format_: Format) -> bool:
    """Whether a rule rounds to it: it is known of all that it stores what numbers they are.

    Formats whose codes a search or calibration chooses have none: those of AutoGPTQ, AutoAWQ and GGUF.
    """
    codes = format_.stored[0]
    return all(part.kind for part in format_.stored) and (codes.kind != "int" or 2 <= codes.bits <= MAX_BITS)
