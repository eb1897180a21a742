"""Totals of networks as sums of tables, if the engine shows that each choice adds its part independently.

A choice is a value of an axis. One network is expanded, and then each network that differs from it in one choice. The
engine records which layers depend on which choices. The totals are sums over tables if three conditions hold: each
layer depends on at most one choice, no choice is read only if another one has a certain value, and changing one choice
leaves all other layers and their shapes unchanged. Then the same holds for any number of changes, because each layer
follows from its own choice and from shapes that no choice changes.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from calc.analysis import Analysis
from calc.precision.activations import SAME
from calc.precision.uniform import Uniform
from calc.quantities import Quantity
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.spec.watched import Chosen, WatchedGraph, expand_watched
from calc.sweeps.axes import INPUT, list_position
from calc.sweeps.job import SweepJob
from calc.tape.trace import total_named
from calc.workload import workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_BITS = {"weight_bytes": "weight_bits_total"}
"""Totals in whole bytes, and the totals in bits that they are computed from."""
_TRIED = 8
"""The number of networks that are counted as a test, in case a rule of the engine depends on more than is watched."""
_LARGE = 2**62
_MOST_LAYERS = 5_000
"""The largest number of layers of a network, well below the limit of an expansion."""
_FEW = 3_000
"""The largest number of networks that are expanded."""


class AdditiveTotals(NamedTuple):
    """For each total, the part that all networks share and the part that each value of each axis adds.

    ``sizes`` are the sizes of the inputs. ``networks`` is the number of networks that were expanded to find the parts.
    """

    constants: dict[str, int]
    tables: "dict[str, list[NDArray[Any]]]"
    sizes: dict[str, tuple[int, ...]]
    networks: int

    def at(self, values_at: "Sequence[NDArray[Any]]", networks: int) -> "dict[str, NDArray[Any]]":
        """Return the totals of so many ``networks``.

        ``values_at`` has the place of each network's value, for each axis.
        """
        found = {}
        for name, constant in self.constants.items():
            total = numpy.full(networks, constant, self.tables[name][0].dtype)
            for table, at in zip(self.tables[name], values_at, strict=True):
                total += table[at]
            bare, _, policy = name.partition("@")
            whole = next((total_name for total_name, of in _BY_BITS.items() if of == bare), None)
            if whole is not None:
                found[f"{whole}@{policy}"] = (total + 7) // 8
            found[name] = total
        return found


def additive_totals(job: SweepJob, model: ModelSpec, wanted: Sequence[str]) -> AdditiveTotals | None:
    """Return the tables for the totals ``wanted`` of the grid of ``job``.

    The result is None if the choices do not add independently.
    """
    axes = job.grid.axes
    changes = sum([len(axis.values) - 1 for axis in axes])
    asked = [looked_up(name) for name in wanted]
    if (
        any(each is None for each in asked)
        or any(axis.name.partition(".")[0] == INPUT for axis in axes)
        or all(set(map(type, axis.values)) <= {int, float} for axis in axes)
        or job.input is not None
        or job.deployed
        or job.activations != SAME
        or not all(isinstance(policy, Uniform) for policy in job.policies)
        or not changes < min(_FEW, job.grid.networks)
    ):
        return None
    try:
        found = _Search(job, model, [each for each in asked if each is not None]).tables()
    except Exception:  # an expansion with choices in it may be refused for any reason, and then shows nothing
        return None
    return found


def looked_up(name: str) -> Quantity | None:
    """Return the quantity to look up for the total ``name``; None unless it is a sum of integers over layers."""
    found = total_named(_BY_BITS.get(name, name))
    if found.of_layer is None or not found.is_integer:
        return None
    return found if found.adds_up == Quantity._field_defaults["adds_up"] else None


class _Search:
    """The expanded networks, and the tables that follow from them."""

    def __init__(self, job: SweepJob, model: ModelSpec, asked: Sequence[Quantity]) -> None:
        self.job = job
        self.model = model
        self.asked = asked
        self.names = [
            f"{each.name}@{policy.name}" if each.at_bits else each.name
            for each in asked
            for policy in (job.policies if each.at_bits else job.policies[:1])
        ]
        self.chosen: list[Chosen] = [list_position(axis.name) or (axis.name, None) for axis in job.grid.axes]

    def tables(self) -> AdditiveTotals | None:
        axes = self.job.grid.axes
        first = [0] * len(axes)
        base = self._network(first)
        others: list[list[_Counted]] = []
        for number, axis in enumerate(axes):
            found = [base]
            for at in range(1, len(axis.values)):
                found.append(self._network([*first[:number], at, *first[number + 1 :]]))
                if found[-1] is None or base is None or found[-1].but(number) != base.but(number):
                    return None
            others.append([each for each in found if each is not None])
        if base is None:
            return None
        alone = base.of(frozenset())
        parts = [[each.of(frozenset([number])) for each in found] for number, found in enumerate(others)]
        most = len(base.nodes) + sum([max([len(each.nodes) for each in found]) for found in others])
        if most > _MOST_LAYERS:
            return None
        tables = {}
        for at, name in enumerate(self.names):
            columns = [[each[at] for each in found] for found in parts]
            largest = alone[at] + sum([max(column) for column in columns])
            kind = numpy.int64 if largest < _LARGE else object
            tables[name] = [numpy.array(column, kind) for column in columns]
        networks = 1 + sum([len(axis.values) - 1 for axis in axes])
        constants = dict(zip(self.names, alone, strict=True))
        totals = AdditiveTotals(constants, tables, base.sizes, networks)
        return totals if self._holds(totals) else None

    def _network(self, values_at: Sequence[int]) -> "_Counted | None":
        """Return the network with these values and its dependences; None if a layer depends on two choices."""
        found = expand_watched(self.model, self._params(values_at), self.chosen)
        if not found.is_apart or any(len(each) > 1 for each in found.choices):
            return None
        return _counted(found, self.job, self.asked)

    def _params(self, values_at: Sequence[int]) -> Mapping[str, Any]:
        return self.job.grid.network_at(values_at).params

    def _holds(self, totals: AdditiveTotals) -> bool:
        """Return True if random networks with many changes have the totals that the tables give."""
        random = Random(0)
        for _ in range(_TRIED):
            values_at = [random.randrange(len(axis.values)) for axis in self.job.grid.axes]
            found = totals.at([numpy.array([at]) for at in values_at], 1)
            network = workload(expand(self.model, self._params(values_at)), self.job.batch)
            for policy in self.job.policies:
                at_bits = _analysis(network).with_bits(policy).totals
                for each in self.asked:
                    name = f"{each.name}@{policy.name}" if each.at_bits else each.name
                    if found[name][0] != each.total(at_bits):
                        return False
        return True


class _Counted(NamedTuple):
    """For each node the choices it depends on, its op and shapes, and what it adds to each total."""

    nodes: tuple[tuple[frozenset[int], Any, tuple[int, ...]], ...]
    sizes: dict[str, tuple[int, ...]]

    def but(self, choice: int) -> list[Any]:
        """Return the nodes that do not depend on ``choice``."""
        return [node for node in self.nodes if choice not in node[0]]

    def of(self, choices: frozenset[int]) -> list[int]:
        """Return the sums that the nodes depending on exactly these ``choices`` add."""
        rows = [added for depends, _, added in self.nodes if depends == choices]
        return [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * len(self.nodes[0][2])


def _counted(found: WatchedGraph, job: SweepJob, asked: Sequence[Quantity]) -> _Counted:
    network = workload(found.graph, job.batch)
    analyses = [_analysis(network).with_bits(policy) for policy in job.policies]
    inputs = len(found.graph.inputs)
    added: list[list[int]] = [[] for _ in found.graph.nodes]
    for each in asked:
        for analysis in analyses if each.at_bits else analyses[:1]:
            assert each.of_layer is not None
            for row, layer in zip(added[inputs:], analysis.layers, strict=True):
                row.append(int(each.of_layer(layer)))
    empty = [0] * len(added[-1])
    nodes = found.graph.nodes
    what = [(type(node.op), node.op, node.output, tuple([nodes[at].output for at in node.inputs])) for node in nodes]
    rows = [tuple(row or empty) for row in added]
    return _Counted(tuple(zip(found.choices, what, rows, strict=True)), dict(found.graph.input_sizes))


def _analysis(network: Any) -> Analysis:
    return Analysis(workload=network, policy="", activations=SAME, bitops_convention="weight", assigned=())
