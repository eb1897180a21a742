"""Reads the bits to choose from and the sensitivities, for ``calc allocate`` and ``calc pareto``."""

from collections.abc import Sequence

from calc.allocation.build import Widths
from calc.allocation.columns import read_columns
from calc.allocation.sensitivities import Alike, Sensitivities
from calc.analysis import Analysis
from calc.errors import OpError
from calc.model.graph import Bits
from calc.precision import is_policy, unknown_precision
from calc.precision.uniform import uniform_bits
from calc.spec.options import positive

MOST_WIDTHS = 64


def widths(texts: list[str], activations: str) -> Widths:
    """Read the bits, such as ``2 3 4``, ``2,3,4``, ``2..8`` or ``int4g128``, and ``tied``, ``apart`` or a width.

    Raises OpError.
    """
    bits = [each for text in texts for part in text.split(",") if part for each in _span(part)]
    if activations in ("tied", "apart"):
        return Widths(tuple(bits), activations)
    if not activations.isdigit():
        raise OpError(f"--activations {activations[:60]!r}: must be tied, apart or a number of bits")
    return Widths(tuple(bits), positive("--activations", activations))


def _span(text: str) -> Sequence[int | Bits]:
    """Return the widths or the format that one word describes."""
    first, dots, last = text.partition("..")
    if ":" in text or not (dots or text[:1].isdigit()):
        named = uniform_bits(text)
        if named is not None:
            return [named]
        if is_policy(text):
            raise OpError(
                f"--bits {text[:60]}: is a policy for a whole network", "name widths and formats, such as 2..8 int4g128"
            )
        raise unknown_precision(text)
    low, high = positive("--bits", first), positive("--bits", last if dots else first)
    if low > high:
        raise OpError(f"--bits {text}: runs backwards, so it is empty", f"--bits {high}..{low}")
    if high > MOST_WIDTHS:
        raise OpError(f"--bits {text}: {high} bits; must be 1 to {MOST_WIDTHS}")
    return range(low, high + 1)


def sensitivities(
    analysis: Analysis, path: str | None, column: str | None, activation_column: str | None, clip: bool, apart: bool
) -> Sensitivities:
    """Return the columns of the file, or without a file equal sensitivities for all layers.

    Raises OpError and SpecError.
    """
    if path is None:
        if column or activation_column or clip:
            raise OpError("--column and --clip-negative are about a file of sensitivities", "--sensitivity FILE.csv")
        return Alike()
    if apart and activation_column is None:
        raise OpError("--activations apart needs their sensitivities too", "--activation-column NAME")
    return read_columns(path, analysis, column, activation_column, clip)
