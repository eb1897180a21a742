"""A program without branches that computes the counts of one network for many values, valid where its guards hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from calc.frozen import FrozenDict
from calc.tape.atoms import DOUBLES, OF_POLYNOMIALS, Bounds, Guard, Number, Operand, Step, earlier, symbols
from calc.tape.polynomial import Polynomial, of_terms
from calc.tape.ranges import Ranges
from calc.tape.recording import Recording
from calc.tape.running import PYTHON, Run


@dataclass(frozen=True, eq=False)
class Tape:
    """A program: ``steps`` in order, the step number of each of ``variables``, and ``outputs``, polynomials over steps.

    ``doubles`` are the outputs that are doubles. The tape is valid for values within the bounds of its variables for
    which all ``guards`` hold. ``holds_for`` has the part of these bounds that the guards permit, for each variable by
    itself. ``bounds_of_steps`` has the bounds of each step, given the guards that precede it.
    """

    steps: tuple[Step, ...]
    bounds_of_steps: tuple[Bounds, ...]
    variables: FrozenDict[str, Bounds]
    holds_for: FrozenDict[str, Bounds]
    outputs: FrozenDict[str, Polynomial]
    guards: tuple[Guard, ...]
    doubles: FrozenDict[str, Operand] = field(default_factory=FrozenDict)

    @cached_property
    def largest(self) -> int:
        """A bound for the absolute value of all integers while the tape runs, in any order of additions.

        It may be exceeded at a point that a guard excludes. Whether a guard excludes it depends only on earlier steps.
        """
        ranges = Ranges(self.steps)
        ranges.of_steps += self.bounds_of_steps
        tests = [guard.test for guard in self.guards]
        asked = [p for step in (*self.steps, *tests) if step.kind in OF_POLYNOMIALS for p in step.arguments]
        bounds = zip(self.steps, self.bounds_of_steps, strict=True)
        sizes = [abs(int(end)) for step, ends in bounds if step.kind not in DOUBLES for end in ends]
        return max([*sizes, *[ranges.magnitude(p) for p in (*asked, *self.outputs.values())]], default=0)

    @cached_property
    def read(self) -> frozenset[str]:
        """The names of the variables that the outputs depend on."""
        return self.variables_behind([*[symbols(p) for p in self.outputs.values()], _steps_of(self.doubles)])

    def variables_behind(self, numbers: Iterable[frozenset[int]]) -> frozenset[str]:
        """Return the names of the variables that the steps with these ``numbers`` depend on."""
        found = set().union(*numbers)
        for number in reversed(range(len(self.steps))):
            if number in found:
                found |= earlier(self.steps[number])
        return frozenset([name for name in self.variables if self._number(name) in found])

    @cached_property
    def asked(self) -> frozenset[str]:
        """The names of the variables that the outputs or guards depend on."""
        return frozenset([name for name in self.variables if self._number(name) is not None])

    def _number(self, name: str) -> int | None:
        variables = [(at, step) for at, step in enumerate(self.steps) if step.kind in ("integer", "double")]
        return next((at for at, step in variables if step.arguments == (name,)), None)

    def at(self, values: Mapping[str, Number]) -> dict[str, Any] | None:
        """Return the outputs at one point in Python's numbers, or None if the tape is not valid there."""
        if any(not low <= values[name] <= high for name, (low, high) in self.variables.items()):
            return None
        run = Run(PYTHON, values)
        done = 0
        for guard in self.guards:
            for step in self.steps[done : self.needed(guard)]:
                run.step(step)
            done = max(done, self.needed(guard))
            if bool(run.result(guard.test)) != guard.answer:
                return None
        for step in self.steps[done:]:
            run.step(step)
        return run.outputs(self.outputs, self.doubles)

    def needed(self, guard: Guard) -> int:
        """Return the number of steps, from the first on, that ``guard`` needs.

        Later steps may fail if it does not hold.
        """
        return max(earlier(guard.test), default=-1) + 1


def tape_of(
    recording: Recording,
    outputs: Mapping[str, Polynomial],
    bounds: Mapping[str, Bounds],
    doubles: Mapping[str, Operand] = FrozenDict(),  # immutable, so it is a safe default
) -> Tape:
    """Return the recording as a tape, without steps that no output or guard needs."""
    wanted = [*[symbols(p) for p in outputs.values()], _steps_of(doubles)]
    needed = _needed(recording, [*wanted, *[earlier(guard.test) for guard in recording.guards]])
    numbers = {old: new for new, old in enumerate(sorted(needed))}
    return Tape(
        tuple([_renumbered(recording.steps[old], numbers) for old in numbers]),
        tuple([recording.bounds[old] for old in numbers]),
        FrozenDict(bounds),
        FrozenDict({name: recording.ranges.of_steps[number] for name, number in recording.variables.items()}),
        FrozenDict({name: _renumbered_polynomial(p, numbers) for name, p in outputs.items()}),
        tuple([Guard(_renumbered(guard.test, numbers), guard.answer) for guard in recording.guards]),
        FrozenDict({name: numbers[each] if isinstance(each, int) else each for name, each in doubles.items()}),
    )


def _steps_of(doubles: Mapping[str, Operand]) -> frozenset[int]:
    return frozenset([each for each in doubles.values() if isinstance(each, int)])


def _needed(recording: Recording, wanted: Iterable[frozenset[int]]) -> set[int]:
    found: set[int] = set()
    pending = [number for each in wanted for number in each]
    while pending:
        number = pending.pop()
        if number not in found:
            found.add(number)
            pending += earlier(recording.steps[number])
    return found


def _renumbered(step: Step, numbers: Mapping[int, int]) -> Step:
    if step.kind in ("integer", "double"):
        return step
    if step.kind in OF_POLYNOMIALS:
        return Step(step.kind, tuple([_renumbered_polynomial(p, numbers) for p in step.arguments]))
    return Step(step.kind, tuple([numbers[each] if isinstance(each, int) else each for each in step.arguments]))


def _renumbered_polynomial(p: Polynomial, numbers: Mapping[int, int]) -> Polynomial:
    return of_terms([(tuple([numbers[each] for each in monomial]), coefficient) for monomial, coefficient in p])
