"""The cost of running a network before bits are chosen."""

from dataclasses import dataclass
from functools import cached_property

from calc.components import Components, components
from calc.counts import NOTHING, Counts, count
from calc.errors import Problem, SpecError
from calc.frozen import FrozenDict
from calc.memory import Lifetimes, lifetimes_of
from calc.model.graph import Graph
from calc.moves import Moves, moves_of
from calc.ops.base import Aspect, Op
from calc.precision.base import is_quantised
from calc.precision.heads import heads_of
from calc.precision.routers import routers_of


@dataclass(frozen=True, eq=False)
class Workload:
    """A graph with a batch and its counts. Values that do not depend on bits are computed once, on first use."""

    graph: Graph
    batch: int
    counts: tuple[Counts, ...]
    """The counts of each node of the graph."""

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """The lifetimes of tensors."""
        return lifetimes_of(self.graph, self.counts)

    @cached_property
    def moves(self) -> Moves:
        """The reads and writes of a call."""
        return moves_of(self.graph, self.counts, self.batch, self.lifetimes)

    @cached_property
    def components(self) -> tuple[Components, ...]:
        """The components that conventions add up, for each node."""
        return components(self.graph, self.counts, self.batch)

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """The nodes that compute the outputs of the network."""
        return heads_of(self.graph, self.counts)

    @cached_property
    def routers(self) -> tuple[int, ...]:
        """The nodes that compute the scores of experts."""
        return routers_of(self.graph, self.counts)

    @cached_property
    def dense(self) -> tuple[int, ...]:
        """The nodes with weights in MACs that are not experts."""
        rows = enumerate(zip(self.graph.nodes, self.counts, strict=True))
        return tuple([index for index, (node, row) in rows if node.experts is None and is_quantised(row)])

    @cached_property
    def has_state(self) -> bool:
        """True if some layer keeps a state from call to call."""
        return any(row.states for row in self.counts)

    @cached_property
    def active_params(self) -> int | None:
        """The parameters that one token uses, without those of experts that it does not run; None without experts."""
        nodes = self.graph.nodes
        if all(node.experts is None for node in nodes):
            return None
        return sum(
            [node.active_of(row.params) for node, row in zip(nodes, self.counts, strict=True) if not node.resting]
        )

    @cached_property
    def unknown(self) -> frozenset[Aspect]:
        """The facts that are not known about layers."""
        return frozenset[Aspect]().union(*[node.unknown for node in self.graph.nodes])

    @cached_property
    def unknown_work(self) -> tuple[int, ...]:
        """The nodes whose computation is not known."""
        return tuple([index for index, node in enumerate(self.graph.nodes) if "work" in node.unknown])

    @cached_property
    def sums(self) -> Counts:
        """The sums of the counts over all layers. The elements of the input are not counted as an output."""
        rows = self.counts[len(self.graph.inputs) :] or (NOTHING,)
        params, buffers, weight_elements, macs, effective_macs, _, kinds, output_elements, others, _, masked, _ = zip(
            *rows, strict=True
        )
        elementwise: dict[str, int] = {}
        for row in kinds:
            for kind, elements in row.items():
                elementwise[kind] = elementwise.get(kind, 0) + elements
        return Counts(
            sum(params), sum(buffers), sum(weight_elements), sum(macs), sum(effective_macs),
            (), FrozenDict(elementwise), sum(output_elements), sum(others), masked_macs=sum(masked),
        )  # fmt: skip


def workload(graph: Graph, batch: int) -> Workload:
    """Count ``graph`` for ``batch`` samples. Raises SpecError if a layer cannot run for so few samples."""
    _check_one_sample(graph, batch)
    return Workload(graph, batch, count(graph, batch))


def _check_one_sample(graph: Graph, batch: int) -> None:
    problems = []
    for node in graph.nodes:
        op = node.op
        if type(op).refuses_one_sample is Op.refuses_one_sample or node.training_only:
            continue
        fact = op.refuses_one_sample(graph.input_shapes(node))
        if fact and batch == 1:
            hint = "PyTorch refuses it for one sample alone: --batch 2, or leave the norm out"
            problems.append(Problem(node.origin, fact, hint, node.name, op.word))
    if problems:
        raise SpecError(problems)
