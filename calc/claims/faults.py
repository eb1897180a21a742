"""Known mistakes in published numbers, each as the counts that it leads to.

The wrong counts replace the right ones in an Analysis, so that BitOps and sizes follow from them as well.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.model.graph import Graph, Node
from calc.model.held import HeldTensor
from calc.ops.conv import Convolution
from calc.ops.pool import Pool
from calc.workload import Workload

Sizes = tuple[Fraction, ...]


class Fault(NamedTuple):
    """A mistake. ``words`` name it in reports."""

    words: str
    counts: Callable[[Graph, tuple[Counts, ...]], tuple[Counts, ...]]


def _groups_ignored(graph: Graph, counts: tuple[Counts, ...]) -> tuple[Counts, ...]:
    """Every convolution costs in_channels · out_channels, as if it had no groups."""
    return tuple(
        [
            _scaled(row, Fraction(node.op.groups)) if isinstance(node.op, Convolution) else row
            for node, row in zip(graph.nodes, counts, strict=True)
        ]
    )


def _pointwise_beside_depthwise(graph: Graph, counts: tuple[Counts, ...]) -> tuple[Counts, ...]:
    """A depthwise layer costs C · K² and additionally C · C, for a 1×1 convolution that does not exist."""
    rows = []
    for node, row in zip(graph.nodes, counts, strict=True):
        if isinstance(node.op, Convolution) and node.op.kind(graph.input_shapes(node)) == "depthwise":
            row = _scaled(row, 1 + Fraction(node.op.groups, prod(node.op.per_axis("kernel_size", node.op.rank))))
        rows.append(row)
    return tuple(rows)


def _unfloored(graph: Graph, counts: tuple[Counts, ...]) -> tuple[Counts, ...]:
    """Output sizes are not rounded down, (H + 2P − K) / S + 1, and the fractions are passed to the next layer."""
    sizes: list[Sizes | None] = []
    for node in graph.nodes:
        sizes.append(_fractional(node, graph, sizes[node.inputs[0]] if node.inputs else None))
    return _at_sizes(graph, counts, sizes)


def _unfloored_each(graph: Graph, counts: tuple[Counts, ...]) -> tuple[Counts, ...]:
    """Output sizes are not rounded down, but each layer starts from the right input size."""
    return _at_sizes(graph, counts, [_fractional(node, graph, None) for node in graph.nodes])


def _at_sizes(graph: Graph, counts: tuple[Counts, ...], sizes: Sequence[Sizes | None]) -> tuple[Counts, ...]:
    rows = []
    for node, row, fraction in zip(graph.nodes, counts, sizes, strict=True):
        if isinstance(node.op, Convolution) and fraction is not None:
            times = _product(fraction) / prod(node.shape.sizes[-node.op.rank :])
            row = row if times == 1 else _scaled(row, times, params=False)
        rows.append(row)
    return tuple(rows)


def _product(sizes: Sizes) -> Fraction:
    found = Fraction(1)
    for size in sizes:
        found *= size
    return found


def _fractional(node: Node, graph: Graph, arriving: Sizes | None) -> Sizes | None:
    """Return the spatial sizes of the output of ``node`` without rounding down; None if it has none."""
    op = node.op
    if isinstance(op, (Convolution, Pool)):
        rank = op.rank
        before = arriving or tuple(map(Fraction, graph.nodes[node.inputs[0]].shape.sizes[-rank:]))
        strides = op.per_axis("stride", rank) if isinstance(op, Convolution) else op.strides()
        if op.padding == "same":
            return tuple([size / stride for size, stride in zip(before, strides, strict=True)])
        dilations = op.per_axis("dilation", rank) if isinstance(op, Convolution) else op.dilations()
        paddings, kernels = op.paddings((0,) * rank), op.per_axis("kernel_size", rank)
        return tuple(
            [
                (size + sum(padding) - dilation * (kernel - 1) - 1) / stride + 1
                for size, padding, dilation, kernel, stride in zip(
                    before, paddings, dilations, kernels, strides, strict=True
                )
            ]
        )
    same_map = arriving is not None and node.shape.sizes[1:] == graph.nodes[node.inputs[0]].shape.sizes[1:]
    return arriving if same_map else None


def _scaled(row: Counts, times: Fraction, params: bool = True) -> Counts:
    """Return ``row`` with its MACs multiplied by ``times``, and also its weights if ``params`` is true."""
    products = tuple(
        [
            product._replace(macs=round(times * product.macs), effective_macs=round(times * product.effective_macs))
            for product in row.products
        ]
    )
    extra = round((times - 1) * row.weight_elements) if params else 0
    return row._replace(
        products=products,
        macs=sum([product.macs for product in products]),
        effective_macs=sum([product.effective_macs for product in products]),
        params=row.params + extra,
        weight_elements=row.weight_elements + extra,
        held=(*row.held, HeldTensor("counted besides", (extra,), "weight")) if extra else row.held,
    )


FAULTS = (
    Fault("groups ignored", _groups_ignored),
    Fault("a 1×1 counted beside each depthwise", _pointwise_beside_depthwise),
    Fault("output sizes not rounded down, and handed on so", _unfloored),
    Fault("output sizes not rounded down, layer by layer", _unfloored_each),
)


def faulty(given: Workload, fault: Fault) -> Workload | None:
    """Return ``given`` with the counts of ``fault``; None if they are the right ones."""
    counts = fault.counts(given.graph, given.counts)
    return None if counts == given.counts else Workload(given.graph, given.batch, counts)
