"""The kinds of elementwise operations in the networks of a sweep, to check the names that the user asks for."""

from collections.abc import Collection, Sequence, Set
from contextlib import suppress
from itertools import product
from math import prod

from calc.deploy import deploy
from calc.errors import OpError, SpecError
from calc.quantities import ELEMENTWISE
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.sweeps.axes import Axis
from calc.sweeps.grid import one_changed
from calc.sweeps.job import SweepJob, size_of
from calc.tape.trace import check_kind
from calc.workload import workload

_MOST = 500
"""The largest number of networks that are all looked at.

Of more, only those that differ from the first in one value are.
"""


def check_kinds(job: SweepJob, model: ModelSpec, option: str, names: Collection[str]) -> None:
    """Raise OpError for a name of a kind of elements that no network of ``job`` has.

    Of a numeric axis only the first and the last value are tried. If there are still too many networks, a kind that is
    itself a value of an axis is accepted too.
    """
    asked = {name.removeprefix(ELEMENTWISE): name for name in names if name.startswith(ELEMENTWISE)}
    if not asked or job.tells_bounds:
        return
    choices = [_choices(axis) for axis in job.grid.axes]
    looks_at_all = prod(map(len, choices)) <= _MOST
    kinds = set() if looks_at_all else {str(value) for axis in job.grid.axes for value in axis.values} & asked.keys()
    for places in product(*choices) if looks_at_all else one_changed(choices):
        if kinds >= asked.keys():
            return
        with suppress(SpecError, OpError):  # an invalid network is a row with an error
            kinds |= _kinds(job, model, places)
    for name in asked.values():
        check_kind(option, name, kinds)


def _choices(axis: Axis) -> Sequence[int]:
    """Return the places of values that may lead to other kinds of layers."""
    last = len(axis.values) - 1
    return sorted({0, last}) if set(map(type, axis.values)) <= {int, float} else range(last + 1)


def _kinds(job: SweepJob, model: ModelSpec, places: Sequence[int]) -> Set[str]:
    network = job.grid.network_at(places)
    graph = expand(model, network.params, size_of(job, model, network))
    return workload(deploy(graph) if job.deployed else graph, job.batch).sums.elementwise.keys()
