"""Configurations side by side."""

from collections.abc import Sequence

from calc.api.network import Network, analysed
from calc.configurations import Configuration, configurations
from calc.errors import OpError


def compare(
    *networks: Network, bits: str | int | Sequence[str | int] = "fp32", ends: str = "rest"
) -> tuple[Configuration, ...]:
    """Every network at every precision, in this order.

    ``networks``: names, files, specs, graphs or analyses; of params, an input size or a batch of its own make an
    analysis first. ``bits``: one precision or several, as ``analyse`` takes them. ``ends``: the bits of the first and
    the last quantised layer, or ``rest``.

    A configuration has a ``label``, its ``analysis`` and the same network at fp32.

    Raises SpecError or OpError for a network that cannot be read, for unknown bits, and for the same thing twice.

    >>> from calc import compare
    >>> for one in compare("mobilenetv2", bits=[8, "adaptive"]):
    ...     print(one.label, f"{one.bitops:,} BitOps, {one.analysis.totals.weight_bytes:,} bytes")
    8 bit 2,406,194,176 BitOps, 3,610,208 bytes
    adaptive 1,082,789,632 BitOps, 2,009,264 bytes
    """
    if not networks:
        raise OpError("no network to compare", 'compare("mobilenetv2", bits=[8, 4])')
    wanted = [bits] if isinstance(bits, (str, int)) else bits
    return configurations([analysed(network) for network in networks], [str(each) for each in wanted], ends)
