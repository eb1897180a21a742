"""The parts of a tape: numbered steps, and tests of their results."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from calc.tape.polynomial import Polynomial

Kind = Literal[
    "integer", "double",
    "sum", "floor_div", "max", "min", "gcd", "below", "zero", "double_below", "double_at_most", "double_equal",
    "floor", "ceil", "trunc", "round",
    "of_integer", "ratio", "add", "subtract", "multiply", "divide", "power", "double_max", "double_min", "log2",
]  # fmt: skip
"""The kinds of steps and tests.

``integer`` and ``double`` are variables, by name. ``sum`` to ``gcd`` are integers that follow from polynomials: a
polynomial itself, a quotient rounded down, a maximum, a minimum and a greatest common divisor. ``below`` and ``zero``
test a polynomial, and ``double_below`` to ``double_equal`` compare two doubles; their result is 1 or 0. ``floor`` to
``round`` convert a double to an integer. All others are doubles: ``of_integer``, ``ratio`` and ``log2`` follow from
polynomials, the rest from doubles.
"""
DOUBLES: frozenset[Kind] = frozenset(
    (
        "double", "of_integer", "ratio", "add", "subtract", "multiply", "divide", "power",
        "double_max", "double_min", "log2",
    )
)  # fmt: skip
"""The kinds whose result is a double."""
OF_POLYNOMIALS: frozenset[Kind] = frozenset(
    ("sum", "floor_div", "max", "min", "gcd", "below", "zero", "of_integer", "ratio", "log2")
)
"""The kinds whose arguments are polynomials over earlier steps.

The arguments of all other kinds except variables are doubles, each an Operand.
"""

Number = int | float
Bounds = tuple[Number, Number]
"""The smallest and the largest possible value."""


@dataclass(frozen=True)
class Constant:
    """A double that does not depend on variables. It has a class because a step with number 1 would equal 1.0."""

    value: float


Operand = int | Constant
"""A double: a constant, or the number of the step that computes it."""


class Step(NamedTuple):
    """A step of a tape, or a test that a guard needs."""

    kind: Kind
    arguments: tuple[Any, ...]


class Guard(NamedTuple):
    """A test whose result is 1 or 0, and the result for which the tape is valid."""

    test: Step
    answer: bool


def earlier(step: Step) -> frozenset[int]:
    """Return the numbers of the steps that ``step`` reads."""
    if step.kind in ("integer", "double"):
        return frozenset()
    if step.kind in OF_POLYNOMIALS:
        return frozenset().union(*[symbols(each) for each in step.arguments])
    return frozenset([each for each in step.arguments if isinstance(each, int)])


def symbols(p: Polynomial) -> frozenset[int]:
    """Return the numbers of the symbols in ``p``."""
    return frozenset([number for monomial, _ in p for number in monomial])
