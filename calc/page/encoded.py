"""Programs as plain data, for JSON that the page's script reads."""

from typing import Any

from calc.page.programs import LayerFacts, Program
from calc.tape.atoms import OF_POLYNOMIALS, Step
from calc.tape.polynomial import Polynomial

_EXACT = 2**53
"""Integers up to here are numbers in JSON as JavaScript reads it; larger ones are text."""


def encoded(program: Program) -> dict[str, Any]:
    """``program`` as the page has it: each polynomial once, steps and guards by their numbers.

    A polynomial is a list of terms, each a coefficient and the numbers of the steps that are multiplied. A step is its
    kind and its arguments: numbers of polynomials, or, of doubles, numbers of steps and constants, ``[0.5]``.
    """
    polynomials = _Polynomials()
    tape = program.tape
    steps = [_step(step, polynomials) for step in tape.steps]
    guards = [[*_step(guard.test, polynomials), guard.answer] for guard in tape.guards]
    outputs = [polynomials.number(p) for p in tape.outputs.values()]
    return {
        "deployed": program.mode.deployed,
        "policy": program.mode.policy,
        "fixed": dict(program.mode.fixed),
        "bounds": {name: list(bounds) for name, bounds in tape.variables.items()},
        "steps": steps,
        "guards": guards,
        "polynomials": polynomials.encoded(),
        "outputs": outputs,
        "layers": [_layer(layer) for layer in program.layers],
        "settings": dict(program.settings),
    }


class _Polynomials:
    def __init__(self) -> None:
        self._numbers: dict[Polynomial, int] = {}

    def number(self, p: Polynomial) -> int:
        return self._numbers.setdefault(p, len(self._numbers))

    def encoded(self) -> list[list[list[Any]]]:
        return [[[_coefficient(value), *monomial] for monomial, value in p] for p in self._numbers]


def _coefficient(value: int) -> int | str:
    return value if abs(value) <= _EXACT else str(value)


def _step(step: Step, polynomials: _Polynomials) -> list[Any]:
    if step.kind in OF_POLYNOMIALS:
        return [step.kind, *[polynomials.number(p) for p in step.arguments]]
    if step.kind in ("integer", "double"):
        return [step.kind, *step.arguments]
    return [step.kind, *[each if type(each) is int else [each] for each in step.arguments]]


def _layer(layer: LayerFacts) -> list[Any]:
    return list(layer)
