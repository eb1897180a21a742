"""Computes many points of one spec with as few tapes as their guards allow. Each tape runs over arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc.precision import Policy
from calc.precision.activations import SAME
from calc.spec import ModelSpec
from calc.tape.arrays import Found, evaluate
from calc.tape.tape import Tape
from calc.tape.trace import NETWORK, RecordedRun, Variable, recorded_run

if TYPE_CHECKING:
    from numpy.typing import NDArray


_MOST_REFUSALS = 64
"""The most refusals that are kept. The ones that were needed last come first."""


class PointOutputs(NamedTuple):
    """The outputs at some points, as arrays in their order.

    ``errors`` has the reasons why points are invalid, by policy and then by the number of the point. Networks that are
    invalid under every policy are there under an empty name. ``left`` are points that were not computed, because they
    need more than the ``traces`` that were made. The outputs of both are 0.
    """

    outputs: "dict[str, NDArray[Any]]"
    errors: dict[str, dict[int, str]]
    left: "NDArray[Any]"
    traces: int


@dataclass
class Points:
    """The outputs of ``model`` for points over ``variables``. ``tapes`` are those recorded so far.

    ``refusals`` are tapes for invalid points. The other arguments are those of ``trace``; params, sizes and batch are
    fixed unless they are variables.
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
    tapes: list[RecordedRun] = field(default_factory=list)
    refusals: list[RecordedRun] = field(default_factory=list)

    def outputs(self, values: "Mapping[str, NDArray[Any]]", most_traces: int | None = None) -> PointOutputs:
        """Return the outputs at the points in ``values``, which has one array for each variable.

        They are broadcast together.

        At most ``most_traces`` new tapes are recorded, including those for invalid points.
        """
        shape = numpy.broadcast_shapes(*[given.shape for given in values.values()])
        left = numpy.ones(shape, bool)
        outputs: dict[str, Any] = {}
        errors: dict[str, dict[int, str]] = {}
        made = 0
        for run, is_new in self._runs(values, left, most_traces):
            made += is_new
            found = _found(run.tape, values, left)
            taken = left & found.holds
            for name, more in found.outputs.items():
                if name not in outputs:
                    outputs[name] = numpy.zeros(shape, more.dtype)
                elif more.dtype == object:
                    outputs[name] = outputs[name].astype(object)
                outputs[name][taken] = more[taken]
            if taken.any():
                self._keep(run)
                for policy, error in run.refused.items():
                    said = str(error).partition("\n")[0]
                    errors.setdefault(policy, {}).update(dict.fromkeys(numpy.flatnonzero(taken).tolist(), said))
            left &= ~taken
        return PointOutputs(outputs, errors, left, made)

    def _runs(
        self, values: "Mapping[str, NDArray[Any]]", left: "NDArray[Any]", most: int | None
    ) -> Iterator[tuple[RecordedRun, bool]]:
        """Yield the existing tapes and then new ones, as long as a point is ``left``.

        The caller removes the computed points.
        """
        for known in (*self.tapes, *self.refusals):
            if left.any():
                yield known, False
        each = {name: numpy.broadcast_to(given, left.shape) for name, given in values.items()}
        made = 0
        while left.any() and (most is None or made < most):
            made += 1
            point = numpy.unravel_index(int(left.argmax()), left.shape)
            yield self._trace({name: given[point].item() for name, given in each.items()}), True

    def _keep(self, found: RecordedRun) -> None:
        """Move this tape to the front, because the next points are likely to need it."""
        kept = self.refusals if NETWORK in found.refused else self.tapes
        if found in kept[:1]:
            return
        if found in kept:
            kept.remove(found)
        kept.insert(0, found)
        del self.refusals[_MOST_REFUSALS:]

    def _trace(self, at: Mapping[str, Any]) -> RecordedRun:
        return recorded_run(
            self.model, self.variables, at, self.wanted, self.policies, self.params, self.sizes, self.batch,
            self.tells_sizes, self.activations, self.deployed,
        )  # fmt: skip


def _found(tape: Tape, values: "Mapping[str, NDArray[Any]]", left: "NDArray[Any]") -> Found:
    """Return the results of ``tape`` for the points that are ``left``, in the shape of all points."""
    if left.all():
        return evaluate(tape, values)
    few = evaluate(tape, {name: numpy.broadcast_to(given, left.shape)[left] for name, given in values.items()})
    whole = Found(numpy.zeros(left.shape, bool), {})
    whole.holds[left] = few.holds
    for name, more in few.outputs.items():
        whole.outputs[name] = numpy.zeros(left.shape, more.dtype)
        whole.outputs[name][left] = more
    return whole
