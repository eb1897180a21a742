"""The totals of many networks of a grid at once, from tapes.

A tape records the arithmetic of one run of the engine, and repeats it over arrays of values.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc.precision import Policy
from calc.spec import ModelSpec
from calc.sweeps.additive import AdditiveTotals, additive_totals
from calc.sweeps.axes import INPUT, Axis, list_position
from calc.sweeps.grid import one_changed
from calc.sweeps.job import SweepJob
from calc.tape.points import Points
from calc.tape.trace import NETWORK, Variable, size_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 8_192
"""The number of networks that are computed at a time, so that the intermediate values fit into a cache of the core."""
_WORTH = 20
"""The number of networks that the engine counts in the time that one recording takes."""
_MOST_PARTS = 64
_MOST_TAPES = 200
"""The largest number of tapes for networks that differ only in numbers. The engine counts all others."""
_TRIED = 16
"""The number of random networks whose tapes are asked which axes have no effect."""
_LARGE = 2**62


class TapedNetworks(NamedTuple):
    """Networks of a grid from number ``first`` on, with the value that each has on each axis, and their totals.

    ``known`` is False for networks that the engine must count, and True if there are outputs or errors. ``errors`` says
    by policy and by place which networks are invalid; those that are invalid under every policy have a key of their
    own.
    """

    first: int
    values_at: "tuple[NDArray[Any], ...]"
    outputs: "dict[str, NDArray[Any]]"
    known: "NDArray[Any]"
    errors: dict[str, dict[int, str]]

    def counted(self, policy: Policy) -> "NDArray[Any]":
        """Return a mask of the networks that have outputs under ``policy``."""
        found = self.known.copy()
        found[list(self.refused(policy))] = False
        return found

    def refused(self, policy: Policy) -> dict[int, str]:
        """Return the errors of the networks that are invalid under ``policy``, by their place."""
        return self.errors.get(NETWORK, {}) | self.errors.get(policy.name, {})


class TapedGrid:
    """The grid of ``job`` with the totals ``wanted``, computed by tapes. ``traces`` counts the recordings so far.

    If ``tells_sizes`` is true, the outputs contain the sizes of the inputs. If ``is_patient`` is true, a tape is
    recorded even for few networks; otherwise only if it saves time.
    """

    def __init__(
        self, job: SweepJob, model: ModelSpec, wanted: Sequence[str], tells_sizes: bool = False, is_patient: bool = True
    ) -> None:
        self.job = job
        self.model = model
        self.wanted = wanted
        self.tells_sizes = tells_sizes
        self.is_patient = is_patient
        self.traces = 0
        self.additive = additive_totals(job, model, wanted)
        self._parts: dict[tuple[int, ...], _Part] = {}
        self._axes = [_VariedAxis(axis) for axis in job.grid.axes]

    def networks(self, first: int, last: int) -> TapedNetworks:
        """Return the networks from ``first`` up to, but not including, ``last``."""
        sizes = [len(axis.values) for axis in self.job.grid.axes]
        numbers = numpy.arange(first, last)
        if self.job.grid.sample is not None:
            numbers = self.job.grid.sample.number(numbers, self.job.grid.combinations)
        values_at = numpy.unravel_index(numbers, sizes) if sizes else ()
        if self.additive is not None:
            self.traces = self.additive.networks
            return TapedNetworks(first, tuple(values_at), self._looked_up(self.additive, values_at), numbers >= 0, {})
        outputs: dict[str, Any] = {}
        known = numpy.zeros(len(numbers), bool)
        errors: dict[str, dict[int, str]] = {}
        for kinds, here in self._alike(values_at, len(numbers)):
            part = self._part(kinds, first + here[0])
            values = {
                name: column[at[here]]
                for axis, at, kind in zip(self._axes, values_at, kinds, strict=True)
                for name, column in axis.kinds[kind].columns.items()
            }
            part.asked += len(here)
            most = None
            if not self.is_patient:
                most = min(part.asked // _WORTH - part.traces, _MOST_TAPES - len(part.points.tapes))
            found = part.points.outputs(values or {"": numpy.zeros(1)}, most)
            part.traces += found.traces
            self.traces += found.traces
            for name, more in found.outputs.items():
                if name not in outputs:
                    outputs[name] = numpy.zeros(len(numbers), more.dtype)
                elif more.dtype == object:
                    outputs[name] = outputs[name].astype(object)
                outputs[name][here] = more
            known[here] = ~found.left
            for policy, of_points in found.errors.items():
                errors.setdefault(policy, {}).update({int(here[at]): said for at, said in of_points.items()})
        return TapedNetworks(first, tuple(values_at), outputs, known, errors)

    def without_effect(self) -> tuple[str, ...]:
        """Return the numeric axes that no tape reads.

        The tapes are those of some networks only: for each kind of value on each axis one network that differs from the
        first in this axis, and some random ones.
        """
        if self.additive is not None:
            return ()
        grid = self.job.grid
        left = [
            axis.name
            for axis, of in zip(grid.axes, self._axes, strict=True)
            if [*of.kinds[0].columns] == [axis.name] and len(of.kinds) == 1
        ]
        random = Random(0)
        places = [[int((of.kind_of == kind).argmax()) for kind in range(len(of.kinds))] for of in self._axes]
        others = [0] if grid.sample else map(grid.number_at, islice(one_changed(places), _MOST_PARTS))
        for number in (*others, *[random.randrange(grid.networks) for _ in range(_TRIED)]):
            if not left:
                break
            self.networks(number, number + 1)
            runs = [run for part in self._parts.values() for run in (*part.points.tapes, *part.points.refusals)]
            left = [name for name in left if not any(name in run.tape.asked for run in runs)]
        return tuple(left) if any(part.points.tapes for part in self._parts.values()) else ()

    def _looked_up(self, additive: AdditiveTotals, values_at: "Sequence[NDArray[Any]]") -> "dict[str, NDArray[Any]]":
        networks = len(values_at[0])
        found = additive.at(values_at, networks)
        if self.tells_sizes:
            for name, sizes in additive.sizes.items():
                found |= {size_named(name, axis): numpy.full(networks, size) for axis, size in enumerate(sizes)}
        return found

    def _alike(
        self, values_at: "Sequence[NDArray[Any]]", networks: int
    ) -> "Iterator[tuple[tuple[int, ...], NDArray[Any]]]":
        """Yield groups of networks that differ only in numbers: the kind of value on each axis, and their places."""
        keys = numpy.zeros(networks, numpy.int64)
        sizes = [len(axis.kinds) for axis in self._axes]
        kinds = [axis.kind_of[at] for axis, at in zip(self._axes, values_at, strict=True)]
        for size, kind in zip(sizes, kinds, strict=True):
            if size > 1:
                keys = numpy.unique(keys, return_inverse=True)[1] * size + kind
        for key in numpy.unique(keys):
            here = numpy.flatnonzero(keys == key)
            yield tuple([int(kind[here[0]]) for kind in kinds]), here

    def _part(self, kinds: tuple[int, ...], number: int) -> "_Part":
        if kinds not in self._parts:
            while len(self._parts) >= _MOST_PARTS:
                self._parts.pop(next(iter(self._parts)))
            self._parts[kinds] = self._new_part(kinds, int(number))
        return self._parts[kinds]

    def _new_part(self, kinds: tuple[int, ...], number: int) -> "_Part":
        job = self.job
        found = [axis.kinds[kind] for axis, kind in zip(self._axes, kinds, strict=True)]
        network = job.grid.architecture(number)
        varied = {axis.name for axis, kind in zip(job.grid.axes, found, strict=True) if kind.columns}
        sizes: Any = job.input or {}
        if isinstance(sizes, tuple):
            sizes = {next(iter(self.model.inputs)): sizes}
        for axis, kind in zip(job.grid.axes, found, strict=True):
            if kind.sizes is not None:
                name = axis.name.partition(".")[2]
                sizes = sizes | {name or next(iter(self.model.inputs)): kind.sizes}
        return _Part(
            Points(
                self.model,
                [variable for kind in found for variable in kind.variables],
                self.wanted,
                job.policies,
                {name: value for name, value in network.params.items() if name not in varied},
                sizes,
                job.batch,
                self.tells_sizes,
                job.activations,
                job.deployed,
            )
        )


class _Part:
    """Networks that differ only in numbers. ``asked`` counts these networks and ``traces`` their recordings."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.asked = 0
        self.traces = 0


class _Kind(NamedTuple):
    """Values of an axis that one tape may serve.

    ``columns`` has each variable of the tape with its value at each place of the axis. For an axis of inputs, ``sizes``
    has the names of variables where the values differ.
    """

    columns: "dict[str, NDArray[Any]]"
    variables: tuple[Variable, ...] = ()
    sizes: tuple[int | str, ...] | None = None


class _VariedAxis:
    """The values of an axis, grouped by kind.

    Integers are one kind, doubles another, and so are sizes of equal rank. Any other value is a kind by itself.
    """

    def __init__(self, axis: Axis) -> None:
        places: dict[str, list[int]] = {}
        is_input = axis.name.partition(".")[0] == INPUT
        for at, value in enumerate(axis.values):
            is_list = type(value) is tuple and not is_input
            kind = repr(value) if is_list or list_position(axis.name) else _kind_named(value)
            places.setdefault(kind, []).append(at)
        self.kind_of = numpy.zeros(len(axis.values), numpy.int64)
        for number, here in enumerate(places.values()):
            self.kind_of[here] = number
        self.kinds = [_kind(axis, here) for here in places.values()]


def _kind_named(value: Any) -> str:
    """Return a name that all values of one kind share."""
    if type(value) is tuple and all(type(each) is int for each in value):
        return f"{len(value)} sizes"
    is_number = type(value) is float or (type(value) is int and abs(value) < _LARGE)
    return type(value).__name__ if is_number else repr(value)


def _kind(axis: Axis, places: list[int]) -> _Kind:
    values = [axis.values[at] for at in places]
    is_input = axis.name.partition(".")[0] == INPUT and type(values[0]) is tuple
    if not is_input:
        columns = {axis.name: values} if len(values) > 1 else {}
        return _Kind(*_columns(axis, places, columns))
    by_axis = [list(sizes) for sizes in zip(*values, strict=True)]
    columns = {f"{axis.name}:{at}": sizes for at, sizes in enumerate(by_axis) if len(set(sizes)) > 1}
    named = [f"{axis.name}:{at}" for at in range(len(by_axis))]
    sizes = [name if name in columns else of[0] for name, of in zip(named, by_axis, strict=True)]
    return _Kind(*_columns(axis, places, columns), tuple(sizes))


def _columns(
    axis: Axis, places: list[int], columns: dict[str, list[Any]]
) -> "tuple[dict[str, NDArray[Any]], tuple[Variable, ...]]":
    found = {}
    for name, values in columns.items():
        found[name] = numpy.zeros(len(axis.values), numpy.array(values).dtype)
        found[name][places] = values
    return found, tuple([Variable(name, (min(values), max(values))) for name, values in columns.items()])
