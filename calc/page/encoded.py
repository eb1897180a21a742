"""Programs as plain data for JSON, which the script of the page reads."""

from collections.abc import Sequence
from typing import Any

from calc.page.facts import PageLayers
from calc.page.programs import Program
from calc.tape.atoms import OF_POLYNOMIALS, Number, Operand, Step
from calc.tape.polynomial import Polynomial

_EXACT = 2**53
"""The largest integer that JavaScript reads exactly from JSON. Larger ones are written as text."""


def encoded(programs: Sequence[Program]) -> dict[str, Any]:
    """Return ``programs`` as the page stores them, with their lists of layers. Equal lists are stored once.

    A polynomial is a list of terms. A term is a coefficient followed by the numbers of the steps that are multiplied. A
    step is its kind followed by its arguments. They are numbers of polynomials or, for doubles, numbers of steps and
    constants in a list such as ``[0.5]``. An output is the number of a polynomial or a double in a list: ``[7]`` is
    that of a step and ``[[0.5]]`` a constant.
    """
    networks: dict[PageLayers, int] = {}
    found = [_program(each, networks.setdefault(each.layers, len(networks))) for each in programs]
    return {"networks": [_layers(each) for each in networks], "programs": found}


def _program(program: Program, network: int) -> dict[str, Any]:
    polynomials = _Polynomials()
    tape = program.tape
    steps = [_step(step, polynomials) for step in tape.steps]
    guards = [[*_step(guard.test, polynomials), guard.answer] for guard in tape.guards]
    outputs: dict[str, Any] = {name: polynomials.number(p) for name, p in tape.outputs.items()}
    outputs |= {name: [_operand(each)] for name, each in tape.doubles.items()}
    return {
        "deployed": program.mode.deployed,
        "free": program.mode.free,
        "fixed": dict(program.mode.fixed),
        "variants": [list(variant) for variant in program.variants],
        "bounds": {name: list(map(json_number, bounds)) for name, bounds in tape.variables.items()},
        "steps": steps,
        "guards": guards,
        "polynomials": polynomials.encoded(),
        "outputs": [outputs[str(number)] for number in range(len(outputs))],
        "network": network,
        "rows": [list(row) for row in program.rows],
        "rowOf": list(program.row_of),
        "settings": dict(program.settings),
    }


def _layers(layers: PageLayers) -> dict[str, Any]:
    """Return the layers with blocks by number.

    A layer that reads only the one before it has 0 in place of a list of inputs.
    """
    blocks = {name: number for number, name in enumerate(dict.fromkeys(layers.blocks))}
    inputs = [0 if reads == (at - 1,) else list(reads) for at, reads in enumerate(layers.inputs)]
    return {
        "names": list(layers.names),
        "blocks": list(blocks),
        "blockOf": [blocks[name] for name in layers.blocks],
        "inputs": inputs,
    }


class _Polynomials:
    def __init__(self) -> None:
        self._numbers: dict[Polynomial, int] = {}

    def number(self, p: Polynomial) -> int:
        return self._numbers.setdefault(p, len(self._numbers))

    def encoded(self) -> list[list[list[Any]]]:
        return [[[json_number(value), *monomial] for monomial, value in p] for p in self._numbers]


def json_number(value: Number) -> Number | str:
    """Return ``value`` for the JSON of the page: a number if JavaScript reads it exactly, otherwise its digits."""
    return value if isinstance(value, float) or abs(value) <= _EXACT else str(value)


def _step(step: Step, polynomials: _Polynomials) -> list[Any]:
    if step.kind in OF_POLYNOMIALS:
        return [step.kind, *[polynomials.number(p) for p in step.arguments]]
    if step.kind in ("integer", "double"):
        return [step.kind, *step.arguments]
    return [step.kind, *map(_operand, step.arguments)]


def _operand(operand: Operand) -> int | list[float]:
    return operand if isinstance(operand, int) else [operand.value]
