"""What a tape is made of: numbered steps, tests on their results, and how each is worked out."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from calc.tape.polynomial import Polynomial

Kind = Literal[
    "integer", "double",
    "sum", "floor_div", "max", "min", "gcd", "below", "zero", "double_below", "double_at_most", "double_equal",
    "floor", "ceil", "trunc", "round",
    "of_integer", "ratio", "add", "subtract", "multiply", "divide", "power", "double_max", "double_min", "log2",
]  # fmt: skip
"""``integer`` and ``double`` are variables, by name. Of polynomials: one as it is, the floor of a quotient, the
largest, the smallest, the greatest common divisor, and 1 or 0 for what is below 0, or is 0. ``double_below`` to
``double_equal``: 1 or 0 of two doubles. ``floor`` to ``round``: the integer of a double. The rest are doubles: of a
polynomial (``of_integer``, ``ratio`` of two, ``log2``), or of doubles."""
DOUBLES: frozenset[Kind] = frozenset(
    (
        "double", "of_integer", "ratio", "add", "subtract", "multiply", "divide", "power",
        "double_max", "double_min", "log2",
    )
)  # fmt: skip
"""Those whose result is a double."""
OF_POLYNOMIALS: frozenset[Kind] = frozenset(
    ("sum", "floor_div", "max", "min", "gcd", "below", "zero", "of_integer", "ratio", "log2")
)
"""Those whose arguments are polynomials over earlier steps. Those of all others but the variables are doubles, each an
Operand."""

Number = int | float
Bounds = tuple[Number, Number]
"""The least and the most that something can be."""


@dataclass(frozen=True)
class Constant:
    """A double that is the same everywhere. It has a class because the number 1 of a step equals 1.0 in Python."""

    value: float


Operand = int | Constant
"""A double: the number of the step whose result it is, or a constant."""


class Step(NamedTuple):
    """One step of a tape, or a test on which it depends."""

    kind: Kind
    arguments: tuple[Any, ...]


class Guard(NamedTuple):
    """A test, a step that gives 1 or 0, and the answer with which a tape is right."""

    test: Step
    answer: bool


def earlier(step: Step) -> frozenset[int]:
    """The numbers of the steps whose results ``step`` reads."""
    if step.kind in ("integer", "double"):
        return frozenset()
    if step.kind in OF_POLYNOMIALS:
        return frozenset().union(*[symbols(each) for each in step.arguments])
    return frozenset([each for each in step.arguments if isinstance(each, int)])


def symbols(p: Polynomial) -> frozenset[int]:
    """The numbers in ``p``."""
    return frozenset([number for monomial, _ in p for number in monomial])
