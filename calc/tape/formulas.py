"""Writes a tape as formulas for people, Python and JavaScript. Each output is a polynomial over a few named parts."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property, reduce
from itertools import groupby, product
from math import gcd
from string import ascii_lowercase

from calc.errors import OpError
from calc.tape.atoms import OF_POLYNOMIALS, Constant, Guard, Operand, Step, earlier
from calc.tape.dialects import HELPERS, JAVASCRIPT, LATEX, NOT_IN_JAVASCRIPT, PYTHON, TEXT, Dialect
from calc.tape.polynomial import Monomial, Polynomial, as_constant, common_factors, of_terms, plus, scaled
from calc.tape.tape import Tape

_WIDTH = 112
_TERM = re.compile(r"(?<=,) | (?=[+-] )")
_LISTS = ("max", "min", "gcd")


class Formulas:
    """The outputs of ``tape`` in one notation. Parts that occur several times have names."""

    def __init__(self, tape: Tape, dialect: Dialect) -> None:
        self.tape = tape
        self.dialect = dialect

    @cached_property
    def _uses(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for p in self.tape.outputs.values():
            found.update([number for monomial, _ in p for number in set(monomial)])
        for guard in self.conditions:
            found.update(earlier(guard.test))
        for number in reversed(range(len(self.tape.steps))):
            step = self.tape.steps[number]
            if found[number] and step.kind in OF_POLYNOMIALS:
                found.update([each for p in step.arguments for monomial, _ in p for each in set(monomial)])
            elif found[number]:
                found.update(earlier(step))
        return found

    @cached_property
    def names(self) -> dict[int, str]:
        """The names of the variables and of parts that occur several times."""
        taken = {*self.tape.variables, *"fiklno"}  # f is the function; the others are easily misread
        letters = (name for name in _letters() if name not in taken)
        steps = enumerate(self.tape.steps)
        return {
            number: self.dialect.name(step.arguments[0] if step.kind in ("integer", "double") else next(letters))
            for number, step in steps
            if step.kind in ("integer", "double") or self._uses[number] > 1
        }

    @cached_property
    def conditions(self) -> tuple[Guard, ...]:
        """The guards that the ranges of the variables do not imply."""
        return tuple([guard for guard in self.tape.guards if not _is_range(self.tape, guard)])

    def parts(self) -> list[tuple[str, str]]:
        """Return the named parts in order, with their formulas."""
        steps = enumerate(self.tape.steps)
        named = [(number, step) for number, step in steps if step.kind not in ("integer", "double")]
        return [(self.names[number], self._step(step)) for number, step in named if number in self.names]

    def outputs(self) -> dict[str, str]:
        """Return the formulas by the names of the outputs."""
        return {name: self.polynomial(p) for name, p in self.tape.outputs.items()}

    def stated(self) -> list[str]:
        """Return the conditions in this notation."""
        return [self._condition(guard) for guard in self.conditions]

    def polynomial(self, p: Polynomial, alone: bool = True) -> str:
        """Return ``p`` with common factors in front, and the monomials with most factors first.

        If it is not ``alone``, it is an operand and gets brackets where it needs them.
        """
        common = reduce(common_factors, [monomial for monomial, _ in p]) if len(p) > 1 else ()
        if common:
            divisor = reduce(gcd, [coefficient for _, coefficient in p])
            rest = of_terms([(_without(monomial, common), value // divisor) for monomial, value in p])
            factors = [self._monomial(common, divisor, is_factor=True), self.polynomial(rest, alone=False)]
            return self.dialect.product.join(factors)
        text = ""
        for monomial, coefficient in sorted(p, key=lambda term: (-len(term[0]), term[0])):
            term = self._monomial(monomial, abs(coefficient), is_factor=coefficient < 0)
            sign = "-" if coefficient < 0 else "+"
            if not text and sign == "-" and " ** " in term:  # JavaScript does not allow it after a sign
                term = self.dialect.brackets.format(term)
            text = f"{text} {sign} {term}" if text else f"-{term}" if sign == "-" else term
        text = text or self.dialect.number(0)
        return text if alone or len(p) < 2 else self.dialect.brackets.format(text)

    def _monomial(self, monomial: tuple[int, ...], coefficient: int, is_factor: bool) -> str:
        factors = [] if coefficient == 1 and monomial else [self.dialect.number(coefficient)]
        is_factor = is_factor or bool(factors) or len(monomial) > 1
        for number, same in groupby(monomial):
            power = len(tuple(same))
            base = self._operand(number, is_factor=is_factor)
            factors.append(base if power == 1 else self.dialect.power(base, power))
        return self.dialect.product.join(factors)

    def _operand(self, number: Operand, is_factor: bool = False) -> str:
        """Return the name of a step, or its formula if it has no name."""
        if isinstance(number, Constant):
            text = self.dialect.double(number.value)
            return self.dialect.brackets.format(text) if is_factor and number.value < 0 else text
        if number in self.names:
            return self.names[number]
        step, text = self.tape.steps[number], self._step(self.tape.steps[number])
        is_loose = step.kind in self.dialect.loose or (step.kind == "sum" and len(step.arguments[0]) > 1)
        if step.kind == "of_integer" and _is_name(step.arguments[0]):
            is_loose = False
        return self.dialect.brackets.format(text) if is_factor and is_loose else text

    def _step(self, step: Step) -> str:
        if step.kind == "sum":
            return self.polynomial(step.arguments[0])
        pattern = self.dialect.steps[step.kind]
        if step.kind in _LISTS:
            return pattern.format(", ".join([self.polynomial(p) for p in step.arguments]))
        if step.kind in ("floor_div", "ratio"):
            top, bottom = step.arguments
            below = self.polynomial(bottom, alone=self.dialect.is_fraction)
            is_product = len(bottom) == 1 and bottom[0][0] and (bottom[0][1] != 1 or len(bottom[0][0]) > 1)
            if is_product and not self.dialect.is_fraction:
                below = self.dialect.brackets.format(below)
            return pattern.format(self.polynomial(top, alone=self.dialect.is_fraction), below)
        if step.kind in OF_POLYNOMIALS:
            return pattern.format(self.polynomial(step.arguments[0]))
        return pattern.format(*[self._operand(each, step.kind in self.dialect.loose) for each in step.arguments])

    def _condition(self, guard: Guard) -> str:
        signs = {"below": ("<", "≥"), "zero": ("=", "≠"), "double_below": ("<", "≥")}
        sign = {**signs, "double_at_most": ("≤", ">"), "double_equal": ("=", "≠")}[guard.test.kind][not guard.answer]
        if guard.test.kind in ("below", "zero"):
            p: Polynomial = guard.test.arguments[0]
            divided = _divided_in(self.tape, p) if guard.test.kind == "zero" else None
            if divided is not None:
                return f"{divided[0]} {'divides' if guard.answer else 'does not divide'} {self.polynomial(divided[1])}"
            left = self.polynomial(of_terms([(monomial, value) for monomial, value in p if value > 0]))
            right = self.polynomial(of_terms([(monomial, -value) for monomial, value in p if value < 0]))
        else:
            left, right = [self._operand(each) for each in guard.test.arguments]
        return f"{left} {sign} {right}"


def _without(monomial: Monomial, factors: Monomial) -> Monomial:
    return tuple(sorted((Counter(monomial) - Counter(factors)).elements()))


def broken(line: str) -> list[str]:
    """Return ``line`` in lines of limited length, broken after commas and before signs outside brackets."""
    lines = [""]
    for piece in _pieces(line):
        if lines[-1] and len(lines[-1]) + len(piece) >= _WIDTH:
            lines.append(f"    {piece}")
        else:
            lines[-1] += f" {piece}" if lines[-1] else piece
    return lines


def _pieces(line: str) -> list[str]:
    """Return the pieces of ``line`` that are not broken."""
    pieces, depth = [""], 0
    for term in _TERM.split(line):
        if depth <= pieces[-1].endswith(","):
            pieces.append(term)
        else:
            pieces[-1] += f" {term}"
        depth += sum([term.count(each) for each in "([⌊⌈"]) - sum([term.count(each) for each in ")]⌋⌉"])
    return pieces[1:]


def _divided_in(tape: Tape, p: Polynomial) -> tuple[int, Polynomial] | None:
    """Return d and q if ``p`` is q − d·⌊q / d⌋ or its opposite, which is 0 if and only if d divides q; else None."""
    for monomial, coefficient in p:
        step = tape.steps[monomial[0]] if len(monomial) == 1 else None
        divisor = as_constant(step.arguments[1]) if step and step.kind == "floor_div" else None
        if step and divisor == abs(coefficient):
            top: Polynomial = step.arguments[0]
            rest = plus(top, ((monomial, divisor),), -1)
            if p in (rest, scaled(rest, -1)):
                return divisor, top
    return None


def _is_name(p: Polynomial) -> bool:
    """Return whether ``p`` is a single step."""
    return len(p) == 1 and p[0][1] == 1 and len(p[0][0]) == 1


def _letters() -> Iterator[str]:
    yield from ascii_lowercase
    for number, letter in product(range(1, 1000), ascii_lowercase):
        yield f"{letter}{number}"


def _is_range(tape: Tape, guard: Guard) -> bool:
    """Return whether ``guard`` only limits the range of one variable."""
    if guard.test.kind not in ("below", "zero") or (guard.test.kind == "zero" and not guard.answer):
        return False
    p: Polynomial = guard.test.arguments[0]
    while True:
        (monomial, coefficient) = p[-1]
        if len(p) > 2 or len(monomial) != 1 or coefficient != 1 or (len(p) == 2 and p[0][0]):
            return False
        step = tape.steps[monomial[0]]
        if step.kind == "integer":
            return True
        if step.kind != "floor_div" or as_constant(step.arguments[1]) is None:
            return False
        p = step.arguments[0]


def python_source(tape: Tape) -> str:
    """Return the source of a Python function ``f`` of the variables.

    It returns an integer, or a dict if there are several outputs.
    """
    formulas = Formulas(tape, PYTHON)
    lines = [f"    {name} = {text}" for name, text in formulas.parts()]
    used = "\n".join([*lines, *formulas.outputs().values()])
    needed = [name for name in ("ceil", "floor", "gcd", "log2") if f"{name}(" in used]
    head = [f"from math import {', '.join(needed)}\n\n"] if needed else []
    outputs = formulas.outputs()
    if len(outputs) == 1:
        first, *more = broken(next(iter(outputs.values())))
        result = (
            ["    return (", f"        {first}", *[f"    {line}" for line in more], "    )"]
            if more
            else [f"    return {first}"]
        )
    else:
        result = ["    return {", *[f"        {name!r}: {text}," for name, text in outputs.items()], "    }"]
    return "\n".join([*head, f"def f({', '.join(tape.variables)}):", *lines, *result]) + "\n"


def javascript_source(tape: Tape) -> str:
    """Return the source of a JavaScript function ``f`` of the variables.

    It returns a BigInt, or an object if there are several outputs. Raises OpError for arithmetic that JavaScript rounds
    differently.
    """
    for step in tape.steps:
        if step.kind in NOT_IN_JAVASCRIPT:
            fact = f"--format javascript: the formula has {NOT_IN_JAVASCRIPT[step.kind]}"
            raise OpError(f"{fact}, whose last digit differs in JavaScript", "--format python")
    formulas = Formulas(tape, JAVASCRIPT)
    integers = [step.arguments[0] for step in tape.steps if step.kind == "integer"]
    lines = [f"  {name} = BigInt({name});" for name in integers]
    lines += [f"  const {name} = {text};" for name, text in formulas.parts()]
    outputs = formulas.outputs()
    if len(outputs) == 1:
        lines += broken(f"  return {next(iter(outputs.values()))};")
    else:
        lines += ["  return {", *[f'    "{name}": {text},' for name, text in outputs.items()], "  };"]
    used = "\n".join(lines)
    helpers = [text for name, text in HELPERS.items() if f"{name}(" in used]
    return "\n".join([*helpers, f"function f({', '.join(tape.variables)}) {{", *lines, "}"]) + "\n"


def text_lines(tape: Tape) -> list[str]:
    """Return the outputs, one line each, followed by their parts."""
    formulas = Formulas(tape, TEXT)
    lines = [f"{name} = {text}" for name, text in formulas.outputs().items()]
    return [*lines, *[f"  {name} = {text}" for name, text in formulas.parts()]]


def block_lines(tape: Tape, sums: Collection[str]) -> list[str]:
    """Return the outputs grouped by total, with one row for each block or layer, followed by their parts.

    Rows that add nothing are left out. ``sums`` has the names of the totals that are the sum of their rows.
    """
    formulas = Formulas(tape, TEXT)
    rows = [(*name.split(" ", 1), text) for name, text in formulas.outputs().items() if tape.outputs[name]]
    width = max([len(block) for _, block, _ in rows], default=0)
    lines, total = [], ""
    for label, block, text in rows:
        if label != total:
            lines.append(f"{label} = the sum of" if label.partition("@")[0] in sums else f"{label} of each layer")
            total = label
        first, *others = broken(text)
        lines += [f"  {block:{width}}  {first}", *[f"  {'':{width}}{other}" for other in others]]
    return [*lines, *[line for name, text in formulas.parts() for line in broken(f"  {name} = {text}")]]


def latex_source(tape: Tape) -> str:
    """Return the outputs and their parts as an aligned block of LaTeX."""
    formulas = Formulas(tape, LATEX)
    rows = [(LATEX.name(name), text) for name, text in formulas.outputs().items()]
    lines = [rf"{left} &= {text} \\" for left, text in [*rows, *formulas.parts()]]
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"]) + "\n"


def read_in_conditions(tape: Tape) -> frozenset[str]:
    """Return the names of the variables on which the stated conditions depend."""
    return tape.variables_behind([earlier(guard.test) for guard in Formulas(tape, TEXT).conditions])


def conditions_stated(tape: Tape) -> list[str]:
    """Return the conditions under which the tape is valid, in addition to the ranges of variables, as text."""
    return Formulas(tape, TEXT).stated()
