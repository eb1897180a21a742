"""Compares calc's counts with those measured by running the network: layer by layer, integer by integer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.counts import Counts
from calc.ops.base import Operand, Parameter
from verify.measure import Measured
from verify.quantise import LayerReport
from verify.quantise.scheme import MAX_BITS

MEASURABLE_FLOAT_BITS = 32
"""The width of an unquantised weight, as torch stores it."""


class Mismatch(NamedTuple):
    """One quantity of one layer that differs; ``way`` says how it was measured."""

    layer: str
    quantity: str
    calc: Any
    measured: Any
    way: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.quantity} {self.calc} by calc, {self.measured} by {self.way}"


class MeasuredBitOps(NamedTuple):
    """BitOps from the dispatcher's MACs and the bits of the weights' codes; None if they cannot be known.

    ``reason`` then says why. ``bits`` has the bits that each quantised weight of the layer needs.
    """

    bits: tuple[int, ...]
    bitops: int | None
    reason: str = ""


def compare_counts(analysis: Analysis, measured: Measured) -> list[Mismatch]:
    """Compare the shape, parameters, calls and MACs of every layer, and the outputs and parameters of the network."""
    found = []
    graph, batch = analysis.graph, analysis.batch
    for node, counts in zip(graph.layers, analysis.counts[len(graph.inputs) :], strict=True):
        row, on_meta = measured.rows[node.name], measured.on_meta[node.name]
        ran = not node.training_only
        shape = (node.runs(batch), *node.shape.sizes) if ran else None
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
        for quantity, ours, theirs, there in (
            ("output shape", shape, row.output_shape, on_meta.output_shape),
            ("calls", int(ran), row.calls, on_meta.calls),
        ):
            # a difference that both runs have is listed above
            if there not in (ours, theirs):
                found.append(Mismatch(node.name, quantity, ours, there, "hooks on meta"))
    ends = [graph.nodes[index] for index in graph.outputs.values()]
    wanted = [(batch if node.batched else 1, *node.shape.sizes) for node in ends]
    if wanted != list(measured.returned):
        found.append(Mismatch("total", "outputs", wanted, list(measured.returned), "the network"))
    total = sum(counts.params for counts in analysis.counts)
    if total != measured.parameter_elements:
        found.append(Mismatch("total", "params", total, measured.parameter_elements, "hooks"))
    return found


def measured_bitops(
    analysis: Analysis, measured: Measured, weight_bits: Mapping[str, tuple[int, ...]]
) -> dict[str, MeasuredBitOps]:
    """Return the BitOps of each layer with MACs: the MACs by the dispatcher × the bits that its weights need.

    If a layer also multiplies activations with each other, the probe tells which MACs use weights. The other MACs count
    with the activation bits.
    """
    found = {}
    for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True):
        if given is None:
            continue
        if node.resting:
            found[node.name] = MeasuredBitOps((), 0)
            continue
        macs = measured.rows[node.name].dispatcher_macs
        weights, bits = weights_of(counts), weight_bits.get(node.name, ())
        widths = set(bits) if len(bits) in (0, node.copies * len(weights)) else {*bits, given.bits.weight}
        if not weights:
            widths = {given.bits.activation}
        elif not bits and given.bits.weight == MEASURABLE_FLOAT_BITS:
            widths = {MEASURABLE_FLOAT_BITS}
        if len(widths) != 1:
            found[node.name] = MeasuredBitOps(bits, None, _why_not(given.bits.weight, bits))
            continue
        of_weights = macs
        if any(product.weight is None for product in counts.products) and weights:
            of_weights = measured.weight_macs[node.name]
        total = of_weights * widths.pop() + (macs - of_weights) * given.bits.activation
        found[node.name] = MeasuredBitOps(bits, total)
    return found


def weights_of(counts: Counts) -> set[Operand]:
    """Return the weights that a layer multiplies with: its own, or inputs."""
    return {product.weight for product in counts.products if product.weight is not None}


def _why_not(width: int, bits: tuple[int, ...]) -> str:
    if bits:
        return f"its weights need {' and '.join(map(str, bits))} bits, which is not one width"
    if width > MAX_BITS:
        return f"weights of {width} bits have no codes, because the quantiser takes at most {MAX_BITS}"
    return "none of its weights was quantised"


def compare_bits(analysis: Analysis, found: Mapping[str, MeasuredBitOps]) -> list[Mismatch]:
    """Compare the weight bits and `weight` BitOps of every layer with those that the quantised weights need.

    If the run had fewer quantised weights than a layer should have, this is a mismatch too.
    """
    mismatches = []
    rows = zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True)
    for index, (node, counts, given) in enumerate(rows):
        if given is None or node.resting:
            continue
        bits, bitops, _ = found[node.name]
        widths = [given.of(weight).weight for weight in weights_of(counts)]
        wanted = sorted([width for width in widths if width <= MAX_BITS] * node.copies)
        if len(bits) != len(wanted):
            mismatches.append(Mismatch(node.name, "quantised weights", len(wanted), len(bits), "the quantised run"))
        mismatches += [
            Mismatch(node.name, "weight bits", width, needed, "its codes")
            for width, needed in zip(wanted, sorted(bits), strict=False)
            if needed != width
        ]
        ours = analysis.bitops[index]["weight"]
        if bitops is not None and bitops != ours:
            mismatches.append(Mismatch(node.name, "bitops.weight", ours, bitops, "its codes"))
    return mismatches


def compare_stored_codes(analysis: Analysis, measured: int) -> list[Mismatch]:
    """Compare the bits of the codes of all quantised parameters with the ``measured`` ones, each tensor once.

    Scales and other numbers that a format stores are not codes.
    """
    found = 0
    for tensor in analysis.stored:
        products = analysis.counts[tensor.node].products
        own = {product.weight.name for product in products if isinstance(product.weight, Parameter)}
        if analysis.graph.nodes[tensor.node].resting:
            continue  # no call of this network reads them
        if tensor.multiplied and tensor.name in own and tensor.format.code_bits <= MAX_BITS:
            found += tensor.elements * tensor.format.code_bits
    return [] if found == measured else [Mismatch("total", "bits of codes", found, measured, "the quantised run")]


def quantisation_faults(reports: Mapping[str, Sequence[LayerReport]]) -> list[Mismatch]:
    """Return the faults of quantised weights, each as a mismatch of its layer."""
    return [
        Mismatch(layer, f"{report.name.removeprefix(f'{layer}.')} quantised", "without fault", fault, "the quantiser")
        for layer, rows in reports.items()
        for report in rows
        for fault in report.faults
    ]
