"""A straight-line program for the counts of one network at many values, right where its guards hold."""

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
    """``steps`` in order, the number of each ``variables`` among them, and ``outputs``, polynomials over them.

    ``doubles``: outputs that are doubles.
    It is right for values within the bounds of its variables for which every one of ``guards`` gives its answer.
    ``holds_for``: what of those bounds the guards leave, of each variable by itself.
    ``bounds_of_steps``: of each where those guards hold that were asked before it was made.
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
        """What no integer is larger than while the tape runs, below 0 or above, in whatever order terms are added.

        At a point that a guard excludes some may be; but whether it does hangs on steps before it alone.
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
        """The names of the variables on which an output depends."""
        found = set().union(*[symbols(p) for p in self.outputs.values()], _steps_of(self.doubles))
        for number in reversed(range(len(self.steps))):
            if number in found:
                found |= earlier(self.steps[number])
        return frozenset([name for name in self.variables if self._number(name) in found])

    @cached_property
    def asked(self) -> frozenset[str]:
        """The names of the variables on which an output or a guard depends."""
        return frozenset([name for name in self.variables if self._number(name) is not None])

    def _number(self, name: str) -> int | None:
        variables = [(at, step) for at, step in enumerate(self.steps) if step.kind in ("integer", "double")]
        return next((at for at, step in variables if step.arguments == (name,)), None)

    def at(self, values: Mapping[str, Number]) -> dict[str, Any] | None:
        """The outputs at one point, in Python's integers and doubles; None where the tape does not hold."""
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
        """How many of the steps, from the first, the ``guard`` needs: those after may divide by what it excludes."""
        return max(earlier(guard.test), default=-1) + 1


def tape_of(
    recording: Recording,
    outputs: Mapping[str, Polynomial],
    bounds: Mapping[str, Bounds],
    doubles: Mapping[str, Operand] = FrozenDict(),  # nobody can change it
) -> Tape:
    """What was recorded, without the steps that no output and no guard needs."""
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
