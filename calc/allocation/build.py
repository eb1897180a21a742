"""Converts an analysis to the allocation problem, which has only integers."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from calc.allocation.peak import PeakLimits, peak_limits
from calc.allocation.problem import AllocationProblem, Choice, Group
from calc.allocation.quantities import PEAK, AllocatedQuantity, require_exact
from calc.allocation.sensitivities import Sensitivities
from calc.analysis import Analysis
from calc.errors import OpError
from calc.model.graph import Bits
from calc.precision.stored import multiplied_bits
from calc.precision.uniform import width

_LARGEST = 2**1023
"""The sum of all sensitivities is smaller than this, so that a double can hold it."""


class Widths(NamedTuple):
    """The bits to choose from: widths, or widths with a format for the weights.

    ``activations`` is ``tied`` to the bits of the weights, chosen ``apart``, or one width for all layers.
    """

    bits: tuple[int | Bits, ...]
    activations: str | int = "tied"

    def choices(self) -> list[Bits]:
        """Return the choices of a group that is not pinned, without repetition."""
        tied = [Bits(each, each) if isinstance(each, int) else each for each in self.bits]
        if self.activations == "tied":
            return tied
        apart = self.activations == "apart"
        read = [bits.activation for bits in tied] if apart else [int(self.activations)]
        return list(dict.fromkeys([bits._replace(activation=each) for bits, each in product(tied, read)]))


class Built(NamedTuple):
    """The problem, and the value of its unit of sensitivity."""

    problem: AllocationProblem
    unit: Fraction


def checked_widths(widths: Widths) -> Widths:
    """Return ``widths`` as bits, sorted and without repetition.

    Raises OpError if there are none or one is not 1 to 64.
    """
    if not widths.bits:
        raise OpError("no widths to choose from", "--bits 2 3 4 6 8")
    fixed = widths.activations
    bits = {Bits(width(each), each) if isinstance(each, int) else each for each in widths.bits}
    ordered = sorted(bits, key=lambda each: (each.weight, each.activation, str(each)))
    return Widths(tuple(ordered), width(fixed) if isinstance(fixed, int) else fixed)


def build_problem(
    analysis: Analysis,
    groups: Sequence[tuple[int, ...]],
    widths: Widths,
    pinned: Mapping[int, Bits],
    sensitivities: Sensitivities,
    limits: Sequence[tuple[AllocatedQuantity, int]],
    peak: int | None = None,
) -> Built:
    """Return the problem for ``groups``. ``limits`` are quantities with the amount that is left for the layers.

    ``peak`` is the largest number of bytes that activations may need, if there is a limit; its limits come last.

    Raises OpError if a limit is on a lower bound, if pins contradict each other within a group, if sensitivities are
    too large, or if the layers of the analysis do not read at their own bits. Raises SpecError if sensitivities are
    missing.
    """
    if analysis.activations != "same":
        raise OpError(f"bits can only be chosen if layers read at their own bits, not at {analysis.activations}")
    require_exact(analysis, [*[quantity.name for quantity, _ in limits], *([] if peak is None else [PEAK])])
    choices = [_choices(analysis, group, widths, pinned) for group in groups]
    quantised = [[node for node in group if analysis.counts[node].weight_elements] for group in groups]
    pairs = [(node, bits) for nodes, row in zip(quantised, choices, strict=True) for node in nodes for bits in row]
    apart = widths.activations == "apart"
    sensitivities.check(
        dict.fromkeys([(node, bits.weight) for node, bits in pairs]),
        dict.fromkeys([(node, bits.activation) for node, bits in pairs]) if apart else (),
    )
    values = [
        [
            sum(
                [
                    Fraction(sensitivities.weight(node, bits.weight))
                    + (Fraction(sensitivities.activation(node, bits.activation)) if apart else 0)
                    for node in nodes
                ],
                Fraction(0),
            )
            for bits in row
        ]
        for nodes, row in zip(quantised, choices, strict=True)
    ]
    unit = _unit(values)
    costs = [quantity.cost for quantity, _ in limits]
    steps = PeakLimits((), ()) if peak is None else peak_limits(analysis, groups, choices, peak)
    built = [
        Group(
            group,
            tuple(
                [
                    Choice(
                        bits,
                        int(value / unit),
                        (
                            *[sum([cost.of_layer(analysis.counts[node], bits) for node in group]) for cost in costs],
                            *[0] * len(steps.limits),
                        ),
                    )
                    for bits, value in zip(row, worth, strict=True)
                ]
            ),
        )
        for group, row, worth in zip(groups, choices, values, strict=True)
    ]
    widest = [each._replace(limits=tuple([len(limits) + k for k in each.limits])) for each in steps.tensors]
    rooms = (*[room for _, room in limits], *steps.limits)
    return Built(AllocationProblem(tuple(built), rooms, tuple(widest)), unit)


def _choices(analysis: Analysis, group: Sequence[int], widths: Widths, pinned: Mapping[int, Bits]) -> list[Bits]:
    given = {node: pinned[node] for node in group if node in pinned}
    if len(set(given.values())) > 1:
        texts = [f"{analysis.graph.nodes[node].name} to {bits}" for node, bits in given.items()]
        raise OpError(f"tied layers are pinned to different bits: {', '.join(texts)}")
    return list(given.values())[:1] or _held(analysis, group, widths.choices())


def _held(analysis: Analysis, group: Sequence[int], choices: list[Bits]) -> list[Bits]:
    """Return the ``choices`` whose format fits the weights of all layers in ``group``.

    Raises OpError if there are none.
    """
    held, refused = [], None
    for bits in choices:
        try:
            for node in group if bits.format else ():
                multiplied_bits(analysis.counts[node], bits)
            held.append(bits)
        except OpError as error:
            refused = OpError(f"{analysis.graph.nodes[node].name}: {error.fact}", "add a width that it can have: 8")
    if refused is not None and not held:
        raise refused
    return held


def _unit(values: Sequence[Sequence[Fraction]]) -> Fraction:
    """Return the unit of sensitivity: one over a power of two, so that all values are multiples and nothing is rounded.

    Raises OpError if the sum of the largest values exceeds the range of a double.
    """
    if sum([max(row) for row in values], Fraction(0)) >= _LARGEST:
        raise OpError("the sensitivities add up to more than a double holds, about 1e308", "scale the column down")
    return Fraction(1, max([value.denominator for row in values for value in row]))
