"""Finds the programs that cover all combinations of the offered values, and the reasons why others are invalid."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import log2
from typing import Any, NamedTuple

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.page.chosen_bits import ACTIVATIONS, WEIGHTS
from calc.page.offered import Offer, OfferedValue, call_params
from calc.page.programs import USUAL_BITS, Mode, Program, Traceable, first_line, program
from calc.spec.phases import call_of
from calc.tape.atoms import Number


class Programs(NamedTuple):
    """The programs of a page. ``refused`` has the reason for each invalid combination, by the places of its choices.

    ``logarithms`` has the base-2 logarithm of every integer that a program takes one of, and ``powers`` the value for
    every base and exponent. Both are stored because the last digit differs between Python and a browser.
    """

    programs: tuple[Program, ...]
    refused: Mapping[tuple[int, ...], str]
    logarithms: Mapping[int, float]
    powers: Mapping[tuple[float, float], float]


def all_programs(subject: Traceable, offered: Offer, modes: list[Mode]) -> Programs:
    """Return as few programs as cover all combinations. The first one is for the values with which the page opens.

    Raises the errors of the engine if the network's own values are invalid, or if every combination is.
    """
    found: list[Program] = []
    refused: dict[tuple[int, ...], str] = {}
    asked = _Asked(set(), set())
    start = tuple([control.start for control in offered.controls])
    has_own_start = all(control.own is not None for control in offered.controls)
    for mode in modes:
        for numbers in _points(offered, start):
            chosen = [control.choices[number] for control, number in zip(offered.controls, numbers, strict=True)]
            values, fixed = _values(chosen)
            own = mode._replace(fixed=FrozenDict(fixed))
            try:
                given = call_params(subject.model, {**fixed, **values})
                # raises an error for a context longer than the learnt positions
                call_of(subject.model, {**subject.params, **given})
                if not any(asked.are_added(each, values) for each in found if each.mode == own):
                    found.append(program(subject, own, values))
                    asked.are_added(found[-1], values)
            except (SpecError, OpError) as error:
                if has_own_start and numbers == start:
                    raise
                refused[numbers] = first_line(error)
                last = error
        if not found:
            raise last
    logarithms = {each: log2(each) for each in sorted(asked.logarithms)}
    return Programs(tuple(found), refused, logarithms, {(base, by): base**by for base, by in sorted(asked.powers)})


def _points(offered: Offer, start: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    yield start
    yield from product(*[range(len(control.choices)) for control in offered.controls])


def _values(chosen: list[OfferedValue]) -> tuple[dict[str, Number], dict[str, Any]]:
    values: dict[str, Number] = {}
    fixed: dict[str, Any] = {}
    for choice in chosen:
        values |= choice.numbers
        fixed |= choice.fixed
    return values, fixed


class _Asked(NamedTuple):
    """The integers that programs take logarithms of, and the bases and exponents that they take powers of."""

    logarithms: set[int]
    powers: set[tuple[float, float]]

    def are_added(self, found: Program, values: Mapping[str, Number]) -> bool:
        """Add those of ``found`` at ``values``.

        Returns False if the program does not apply there, whatever the bits.
        """
        bits = {name: USUAL_BITS for name in found.check.variables if name.startswith((WEIGHTS, ACTIVATIONS))}
        numbers = found.check.at({**values, **bits})
        if numbers is None:
            return False
        self.powers.update([(numbers[name], exponent) for name, exponent in found.exponents.items()])
        self.logarithms.update([of for name, of in numbers.items() if name not in found.exponents])
        return True
