"""Many points of one spec: as few tapes as their guards allow, each run over arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy

from calc.errors import OpError, SpecError
from calc.spec import ModelSpec
from calc.tape.arrays import Found, evaluate
from calc.tape.tape import Tape
from calc.tape.trace import Variable, trace

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Points:
    """What there is to know of the points of ``model`` over ``variables``; ``tapes`` are those that it took so far.

    ``wanted`` and ``policies`` as ``trace`` takes them, and so are ``params``, ``sizes`` and ``batch``, if not varied.
    """

    model: ModelSpec
    variables: Sequence[Variable]
    wanted: Sequence[str]
    policies: Sequence[str] = ("fp32",)
    params: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    batch: int = 1
    tapes: list[Tape] = field(default_factory=list)

    def outputs(self, values: "Mapping[str, NDArray[Any]]") -> "tuple[dict[str, NDArray[Any]], dict[int, str]]":
        """The outputs at the points of ``values``, one array a variable, which are broadcast together.

        And of each point that cannot be, by its number in the order of the result, why; its outputs are 0.
        """
        shape = numpy.broadcast_shapes(*[given.shape for given in values.values()])
        left = numpy.ones(shape, bool)
        outputs: dict[str, Any] = {}
        errors: dict[int, str] = {}
        for tape in self._tapes(values, left, errors):
            found = _found(tape, values, left)
            taken = left & found.holds
            for name, more in found.outputs.items():
                if name not in outputs or (more.dtype == object and outputs[name].dtype != object):
                    outputs[name] = outputs.get(name, numpy.zeros(shape, numpy.int64)).astype(more.dtype)
                outputs[name][taken] = more[taken]
            left &= ~taken
        return outputs, errors

    def _tapes(
        self, values: "Mapping[str, NDArray[Any]]", left: "NDArray[Any]", errors: dict[int, str]
    ) -> Iterator[Tape]:
        """The tapes that there are, then new ones, as long as some point is ``left``; that is taken off meanwhile."""
        for tape in self.tapes:
            if left.any():
                yield tape
        each = {name: numpy.broadcast_to(given, left.shape) for name, given in values.items()}
        while left.any():
            number = int(left.argmax())
            point = numpy.unravel_index(number, left.shape)
            at = {name: given[point].item() for name, given in each.items()}
            try:
                tape = trace(
                    self.model, self.variables, at, self.wanted, self.policies, self.params, self.sizes, self.batch
                )
            except (SpecError, OpError) as error:
                errors[number] = str(error).partition("\n")[0]
                left[point] = False
                continue
            self.tapes.append(tape)
            yield tape


def _found(tape: Tape, values: "Mapping[str, NDArray[Any]]", left: "NDArray[Any]") -> Found:
    """What ``tape`` says of the points that are ``left``, in the shape of all."""
    if left.all():
        return evaluate(tape, values)
    few = evaluate(tape, {name: numpy.broadcast_to(given, left.shape)[left] for name, given in values.items()})
    whole = Found(numpy.zeros(left.shape, bool), {})
    whole.holds[left] = few.holds
    for name, more in few.outputs.items():
        whole.outputs[name] = numpy.zeros(left.shape, more.dtype)
        whole.outputs[name][left] = more
    return whole
