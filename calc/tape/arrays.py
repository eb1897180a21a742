"""Runs a tape over numpy arrays, many points at a time."""

import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc.tape.running import Arithmetic, Run
from calc.tape.tape import Tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST = 2**63 - 1
_TABLED = 2**16
"""Logarithms of integers below this number are kept in a table."""


class Found(NamedTuple):
    """The result of a run. ``holds`` is a mask of the points where the tape is valid.

    ``outputs`` has arrays of int64, of Python integers if int64 could overflow, and of doubles. Their values at other
    points have no meaning. If the tape is valid nowhere, there are no outputs.
    """

    holds: "NDArray[Any]"
    outputs: dict[str, "NDArray[Any]"]


def evaluate(tape: Tape, values: Mapping[str, "NDArray[Any]"]) -> Found:
    """Return the outputs at the points in ``values``, which has one array for each variable.

    They are broadcast together.
    """
    shape = numpy.broadcast_shapes(*[given.shape for given in values.values()])
    holds = numpy.ones(shape, bool)
    for name, (low, high) in tape.variables.items():
        holds &= (values[name] >= low) & (values[name] <= high)
    if tape.largest > _MOST:
        return _one_by_one(tape, values, holds)
    run = Run(_arithmetic(), values)
    with numpy.errstate(all="ignore"):  # errors occur only at points that a guard excludes
        done = 0
        for guard in tape.guards:
            for step in tape.steps[done : tape.needed(guard)]:
                run.step(step)
            done = max(done, tape.needed(guard))
            holds &= numpy.equal(run.result(guard.test) != 0, guard.answer)
        if not holds.any():
            return Found(holds, {})
        for step in tape.steps[done:]:
            run.step(step)
        outputs = run.outputs(tape.outputs, tape.doubles)
    return Found(holds, {name: numpy.broadcast_to(found, shape) for name, found in outputs.items()})


def _one_by_one(tape: Tape, values: Mapping[str, "NDArray[Any]"], holds: "NDArray[Any]") -> Found:
    """Return the outputs, computed point by point with Python integers."""
    each = {name: numpy.broadcast_to(given, holds.shape) for name, given in values.items()}
    outputs = {name: numpy.zeros(holds.shape, object) for name in tape.outputs}
    outputs |= {name: numpy.zeros(holds.shape) for name in tape.doubles}
    for point in zip(*numpy.nonzero(holds), strict=True):
        found = tape.at({name: given[point].item() for name, given in each.items()})
        holds[point] = found is not None
        for name, value in (found or {}).items():
            outputs[name][point] = value
    return Found(holds, outputs)


@cache
def _logarithms() -> Any:
    return numpy.array([0.0, *map(math.log2, range(1, _TABLED))])


def _log2(value: int) -> float:
    return math.log2(value) if value > 0 else 0.0  # at a point that a guard excludes


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):  # at a point that a guard excludes
        return 0.0


@cache
def _arithmetic() -> Arithmetic:
    def to_int64(value: Any) -> Any:
        return numpy.asarray(value).astype(numpy.int64)

    def log2(value: Any) -> Any:  # as Python's, to the last bit
        values = numpy.asarray(value)
        if int(values.max(initial=0)) >= _TABLED or int(values.min(initial=1)) < 1:
            return numpy.frompyfunc(_log2, 1, 1)(values).astype(numpy.float64)
        return _logarithms()[values]

    def power(base: Any, exponent: Any) -> Any:
        return numpy.frompyfunc(_power, 2, 1)(base, exponent).astype(numpy.float64)

    return Arithmetic(
        maximum=numpy.maximum,
        minimum=numpy.minimum,
        as_double=lambda value: numpy.asarray(value).astype(numpy.float64),
        as_integer=to_int64,
        floor=lambda value: to_int64(numpy.floor(value)),
        ceil=lambda value: to_int64(numpy.ceil(value)),
        trunc=lambda value: to_int64(numpy.trunc(value)),
        round=lambda value: to_int64(numpy.rint(value)),
        log2=log2,
        power=power,
        gcd=numpy.gcd,
    )
