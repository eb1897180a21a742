"""Compares networks at several precisions."""

from collections.abc import Sequence

from calc.api.arguments import policy_texts
from calc.api.network import Network, analysed
from calc.configurations import Configuration, configurations
from calc.errors import OpError


def compare(
    *networks: Network, bits: str | int | Sequence[str | int] = "fp32", ends: str = "rest"
) -> tuple[Configuration, ...]:
    """Count several networks at several precisions.

    Args:
        networks: Names, files, specs, graphs or analyses. To set params, an input size or a batch, pass an analysis.
        bits: One or several policies, as ``analyse`` takes them.
        ends: The bits of the first and the last layer with MACs, or ``rest``: as the others.

    Returns:
        One configuration for each network and policy, in this order. It has a ``label``, its ``analysis``, its
        ``bitops``, and the same network at fp32.

    Raises:
        SpecError: A network cannot be read.
        OpError: A policy is unknown, or a configuration occurs twice.

    >>> from calc import compare
    >>> for one in compare("mobilenetv2", bits=[8, "adaptive"]):
    ...     print(one.label, f"{one.bitops:,} BitOps, {one.analysis.totals.weight_bytes:,} bytes")
    8 bit 2,406,194,176 BitOps, 3,610,208 bytes
    adaptive 1,082,789,632 BitOps, 2,009,264 bytes
    """
    if not networks:
        raise OpError("no network to compare", 'compare("mobilenetv2", bits=[8, 4])')
    return configurations([analysed(network) for network in networks], policy_texts(bits), ends)
