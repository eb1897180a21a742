"""Policies that are compared with the front: their cost, their sensitivity and their distance from it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from calc.allocation.build import Widths
from calc.allocation.front import Front
from calc.allocation.quantities import AllocatedQuantity
from calc.allocation.sensitivities import Sensitivities
from calc.analysis import Analysis
from calc.errors import OpError, SpecError
from calc.model.graph import Bits
from calc.precision import NAMED

SEEDS = ("adaptive", "2", "4", "8")
"""The configurations of the report that the project started from."""

_LARGEST = 2**1023
"""Ratios below this number fit a double."""


class Mark(NamedTuple):
    """A policy. ``times`` is its sensitivity divided by that of the front at the same cost.

    ``saved`` is the share of its cost that the front saves at the same sensitivity. Both are None if the front does not
    reach so far, or if a double cannot hold the ratio.
    """

    policy: str
    cost: int | float
    sensitivity: float
    times: float | None
    saved: float | None


class Marks(NamedTuple):
    """The policies that could be compared, and the reasons in words for those that could not."""

    found: tuple[Mark, ...]
    left_out: tuple[str, ...]


def policies(widths: Widths) -> list[str]:
    """Return the policies to compare: those of the seed report, every named one, and every width that may be chosen."""
    return list(dict.fromkeys([*SEEDS, *NAMED, *map(str, widths.bits)]))


def marks(
    analysis: Analysis,
    quantity: AllocatedQuantity,
    front: Front,
    names: Sequence[str],
    widths: Widths,
    known: Sensitivities,
) -> Marks:
    """Return the policies ``names`` compared with ``front``, with activation bits as ``widths`` gives them."""
    found, left_out = [], []
    for name in names:
        try:
            bits = _bits(analysis, name, widths)
            hurt = _sensitivity(analysis, bits, widths, known)
        except OpError as error:
            left_out.append(f"{name} is not marked: {error.fact}")
            continue
        except SpecError as error:
            left_out.append(f"{name} is not marked: {error.problems[0].fact}")
            continue
        cost = sum([quantity.cost.of_layer(analysis.counts[node], given) for node, given in bits.items()])
        found.append(_mark(analysis, quantity, front, name, cost, hurt))
    return Marks(tuple(found), tuple(left_out))


def _bits(analysis: Analysis, name: str, widths: Widths) -> dict[int, Bits]:
    assigned = analysis.with_bits(name).assigned
    bits = {node: row.bits for node, row in enumerate(assigned) if row is not None}
    if isinstance(widths.activations, int):
        return {node: given._replace(activation=widths.activations) for node, given in bits.items()}
    return bits


def _sensitivity(analysis: Analysis, bits: dict[int, Bits], widths: Widths, known: Sensitivities) -> Fraction:
    rows = [(node, given) for node, given in bits.items() if analysis.counts[node].weight_elements]
    apart = widths.activations == "apart"
    known.check(
        [(node, given.weight) for node, given in rows],
        [(node, given.activation) for node, given in rows] if apart else (),
    )
    total = sum([Fraction(known.weight(node, given.weight)) for node, given in rows], Fraction(0))
    if apart:
        total += sum([Fraction(known.activation(node, given.activation)) for node, given in rows], Fraction(0))
    return total


def _mark(analysis: Analysis, quantity: AllocatedQuantity, front: Front, name: str, cost: int, hurt: Fraction) -> Mark:
    constant = quantity.cost.constant(analysis.counts)
    below, beside = front.at_most(cost), front.as_good_as(hurt)
    times = saved = None
    if below is not None:
        least = int(front.sensitivities[below]) * front.unit
        times = float(hurt / least) if least and hurt < _LARGEST * least else None
    if beside is not None and cost + constant:
        saved = float(1 - (int(front.costs[beside]) + constant) / (cost + constant))
    return Mark(name, total(analysis, quantity, cost), float(hurt), times, saved)


def total(analysis: Analysis, quantity: AllocatedQuantity, cost: int) -> int | float:
    """Return the quantity for this sum of the costs of layers. It is an integer except for ``uniq``."""
    whole = quantity.cost.total(analysis.counts, cost)
    return int(whole) if whole.denominator == 1 else float(whole)
