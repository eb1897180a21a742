"""Many points of one spec: as few tapes as their guards allow, each run over arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc.errors import OpError, SpecError
from calc.precision import Policy
from calc.precision.activations import SAME
from calc.spec import ModelSpec
from calc.tape.arrays import Found, evaluate
from calc.tape.tape import Tape
from calc.tape.trace import Variable, trace

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PointOutputs(NamedTuple):
    """What there is to know of some points, by number in their order or one array each.

    ``errors``: of those that cannot be, why; their ``outputs`` are 0. So they are of those that are ``left``, which
    more than the ``traces`` that were made would be needed for.
    """

    outputs: "dict[str, NDArray[Any]]"
    errors: dict[int, str]
    left: "NDArray[Any]"
    traces: int


@dataclass
class Points:
    """What there is to know of the points of ``model`` over ``variables``; ``tapes`` are those that it took so far.

    ``wanted`` and ``policies`` as ``trace`` takes them, and so are ``params``, ``sizes`` and ``batch``, if not varied.
    """

    model: ModelSpec
    variables: Sequence[Variable]
    wanted: Sequence[str]
    policies: Sequence[str | Policy] = ("fp32",)
    params: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    batch: int = 1
    tells_sizes: bool = False
    activations: str = SAME
    deployed: bool = False
    tapes: list[Tape] = field(default_factory=list)

    def outputs(self, values: "Mapping[str, NDArray[Any]]", most_traces: int | None = None) -> PointOutputs:
        """The outputs at the points of ``values``, one array a variable, which are broadcast together.

        ``most_traces``: more than so many new ones are not made; one of a point that cannot be is one too.
        """
        shape = numpy.broadcast_shapes(*[given.shape for given in values.values()])
        left = numpy.ones(shape, bool)
        outputs: dict[str, Any] = {}
        errors: dict[int, str] = {}
        before = len(self.tapes)
        for tape in self._tapes(values, left, errors, most_traces):
            found = _found(tape, values, left)
            taken = left & found.holds
            if taken.any() and tape is not self.tapes[0]:  # what comes next is mostly like it
                self.tapes.remove(tape)
                self.tapes.insert(0, tape)
            for name, more in found.outputs.items():
                if name not in outputs:
                    outputs[name] = numpy.zeros(shape, more.dtype)
                elif more.dtype == object:
                    outputs[name] = outputs[name].astype(object)
                outputs[name][taken] = more[taken]
            left &= ~taken
        return PointOutputs(outputs, errors, left, len(self.tapes) - before + len(errors))

    def _tapes(
        self, values: "Mapping[str, NDArray[Any]]", left: "NDArray[Any]", errors: dict[int, str], most: int | None
    ) -> Iterator[Tape]:
        """The tapes that there are, then new ones, as long as some point is ``left``; that is taken off meanwhile."""
        for tape in tuple(self.tapes):
            if left.any():
                yield tape
        each = {name: numpy.broadcast_to(given, left.shape) for name, given in values.items()}
        made = 0
        while left.any() and (most is None or made < most):
            made += 1
            number = int(left.argmax())
            point = numpy.unravel_index(number, left.shape)
            at = {name: given[point].item() for name, given in each.items()}
            try:
                tape = self._trace(at)
            except (SpecError, OpError) as error:
                errors[number] = str(error).partition("\n")[0]
                left[point] = False
                continue
            self.tapes.append(tape)
            yield tape

    def _trace(self, at: Mapping[str, Any]) -> Tape:
        return trace(
            self.model, self.variables, at, self.wanted, self.policies, self.params, self.sizes, self.batch,
            self.tells_sizes, self.activations, self.deployed,
        )  # fmt: skip


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
