"""The programs that all combinations of what is offered need, and why some cannot be."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.page.chosen_bits import ACTIVATIONS, WEIGHTS
from calc.page.offered import Offer, OfferedValue
from calc.page.programs import USUAL_BITS, Mode, Program, Traceable, program
from calc.spec.phases import call_of
from calc.tape.atoms import Number


class Programs(NamedTuple):
    """``refused``: the combinations that cannot be, by the numbers of their choices, and why."""

    programs: tuple[Program, ...]
    refused: Mapping[tuple[int, ...], str]


def all_programs(subject: Traceable, offered: Offer, modes: list[Mode]) -> Programs:
    """The fewest programs, made as they are needed, the first for the values with which the page opens.

    Raises what the engine raises for those.
    """
    found: list[Program] = []
    refused: dict[tuple[int, ...], str] = {}
    start = tuple([control.start for control in offered.controls])
    for mode in modes:
        for numbers in _points(offered, start):
            chosen = [control.choices[number] for control, number in zip(offered.controls, numbers, strict=True)]
            values, fixed = _values(chosen)
            own = mode._replace(fixed=FrozenDict(fixed))
            given = {name: value for name, value in values.items() if name in subject.model.parameters}
            try:
                call_of(subject.model, {**subject.params, **fixed, **given})  # of a context without places it says so
                if not any(each.mode == own and _holds(each, values) for each in found):
                    found.append(program(subject, own, values))
            except (SpecError, OpError) as error:
                if numbers == start:
                    raise
                refused[numbers] = str(error).partition("\n")[0]
    return Programs(tuple(found), refused)


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


def _holds(found: Program, values: Mapping[str, Number]) -> bool:
    """Whether ``found`` is right at ``values``, whatever the bits of its layers."""
    bits = {name: USUAL_BITS for name in found.tape.variables if name.startswith((WEIGHTS, ACTIVATIONS))}
    return found.tape.at({**values, **bits}) is not None
