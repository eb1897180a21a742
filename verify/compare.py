"""Layer by layer, to the last integer: what `calc` derived against what running the network showed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from calc.analysis import Analysis
from verify.measure import Measured

MEASURABLE_FLOAT_BITS = 32
"""The width of an unquantised weight, as torch stores it."""


class Mismatch(NamedTuple):
    """One quantity of one layer on which the two disagree; ``way`` is how it was measured."""

    layer: str
    quantity: str
    calc: Any
    measured: Any
    way: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.quantity} {self.calc} by calc, {self.measured} by {self.way}"


class MeasuredBitOps(NamedTuple):
    """BitOps from the dispatcher's MACs and the bits of the weights' codes; None where that cannot be known.

    It cannot for a layer whose weights and activations differ in width and that also multiplies
    activations with each other: the dispatcher counts both together.
    """

    bits: tuple[int, ...]
    bitops: int | None


def compare(analysis: Analysis, measured: Measured) -> list[Mismatch]:
    """Every layer's shape, parameters, calls and MACs, and the parameters of the whole network."""
    found = []
    graph, batch = analysis.graph, analysis.batch
    for node, counts in zip(graph.nodes[1:], analysis.counts[1:], strict=True):
        row = measured.rows[node.name]
        ran = not node.training_only
        shape = (batch if node.batched else 1, *node.shape.sizes) if ran else None
        for quantity, ours, theirs, way in (
            ("output shape", shape, row.output_shape, "hooks"),
            ("calls", int(ran), row.calls, "hooks"),
            ("params", counts.params, row.parameter_elements, "hooks"),
            ("macs", counts.macs, row.dispatcher_macs, "the dispatcher"),
            ("macs", counts.macs, row.probe_macs, "the probe"),
            ("effective_macs", counts.effective_macs, row.effective_macs, "the probe"),
        ):
            if ours != theirs:
                found.append(Mismatch(node.name, quantity, ours, theirs, way))
    total = sum(counts.params for counts in analysis.counts)
    if total != measured.parameter_elements:
        found.append(Mismatch("total", "params", total, measured.parameter_elements, "hooks"))
    return found


def measured_bitops(
    analysis: Analysis, measured: Measured, weight_bits: Mapping[str, tuple[int, ...]]
) -> dict[str, MeasuredBitOps]:
    """Per layer with MACs: its dispatcher's MACs × the bits that its weights were found to need."""
    found = {}
    for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True):
        if given is None:
            continue
        macs = measured.rows[node.name].dispatcher_macs
        bits = weight_bits.get(node.name, ())
        widths = set(bits)
        if not bits and given.bits.weight == MEASURABLE_FLOAT_BITS:
            widths = {MEASURABLE_FLOAT_BITS}
        if any(product.weight is None for product in counts.products):
            widths |= {given.bits.activation}
        found[node.name] = MeasuredBitOps(bits, macs * widths.pop() if len(widths) == 1 else None)
    return found


def compare_bits(analysis: Analysis, found: Mapping[str, MeasuredBitOps]) -> list[Mismatch]:
    """Every layer's weight bits and `weight` BitOps against what the quantised weights need."""
    mismatches = []
    for index, (node, given) in enumerate(zip(analysis.graph.nodes, analysis.assigned, strict=True)):
        if given is None:
            continue
        bits, bitops = found[node.name]
        mismatches += [
            Mismatch(node.name, "weight bits", given.bits.weight, needed, "its codes")
            for needed in bits
            if needed != given.bits.weight
        ]
        ours = analysis.bitops[index]["weight"]
        if bitops is not None and bitops != ours:
            mismatches.append(Mismatch(node.name, "bitops.weight", ours, bitops, "its codes"))
    return mismatches
