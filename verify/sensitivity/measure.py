"""Rounds each layer alone to each width, and measures the errors of its weights, the output and the loss."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from calc.analysis import Analysis
from verify.build import Network
from verify.data import Batch
from verify.errors import VerifyError
from verify.quantise import Scheme, quantise_weights
from verify.quantise.report import energy
from verify.weight_bits import own_weights, weight_schemes


@dataclass(frozen=True)
class Sensitivity:
    """The effect of one layer at one width, with all others in float32.

    ``sqnr_db`` is 10·log10(Σ w² / Σ (w − q)²), or None without error. ``weight_error`` is Σ (w − q)². With data,
    ``output_error`` is Σ (y − y')² / Σ y² over the network's outputs, and ``loss_increase`` is in nats per image; it
    may be negative by chance. ``hessian_trace`` is the trace of the mean loss for the layer. ``hessian_error`` is this
    trace per weight × ``weight_error`` (Dong et al. 2020, HAWQ-V2, eq. 7).
    """

    layer: str
    bits: int
    weights: int
    sqnr_db: float | None
    weight_error: float
    output_error: float | None = None
    loss_increase: float | None = None
    hessian_trace: float | None = None
    hessian_error: float | None = None

    def with_trace(self, trace: float) -> "Sensitivity":
        """Return this row with the trace of the Hessian and the ``hessian_error`` that follows from it."""
        return replace(self, hessian_trace=trace, hessian_error=trace / self.weights * self.weight_error)


MEASURES = ("sqnr_db", "weight_error", "output_error", "loss_increase", "hessian_trace", "hessian_error")
Rounded = dict[tuple[str, int], dict[str, torch.Tensor]]


def layer_weights(analysis: Analysis, network: Network) -> dict[str, list[str]]:
    """Return the names of the weights of each layer that a policy can round.

    A tensor of several layers counts for one.
    """
    schemes = weight_schemes(analysis.with_bits("8"), network)
    found: dict[str, list[str]] = {}
    for node, counts in zip(analysis.graph.nodes, analysis.counts, strict=True):
        names = [f"{node.name}.{name}" for name in dict.fromkeys(own_weights(node, counts))]
        own = [name for name in names if name in schemes]
        if own and counts.weight_elements:
            found[node.name] = own
    return found


def weight_errors(
    analysis: Analysis,
    network: Network,
    widths: Sequence[int],
    scheme: Scheme | None = None,
    per_channel: bool = True,
) -> tuple[list[Sensitivity], Rounded]:
    """Round each layer's weights to each of ``widths``: their errors, and the rounded values by layer and width.

    No data is needed. Raises QuantiseError for weights that cannot be quantised.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    layers = layer_weights(analysis, network)
    rounded: Rounded = {}
    for bits in widths:
        schemes = weight_schemes(analysis.with_bits(str(bits)), network, scheme, per_channel)
        for layer, names in layers.items():
            quantised = quantise_weights(network, {name: schemes[name] for name in names})
            rounded[layer, bits] = {name: each.values.detach() for name, each in quantised.items()}
    rows = []
    for layer, names in layers.items():
        for bits in widths:
            values = rounded[layer, bits]
            noise = sum(energy(parameters[name].detach() - values[name]) for name in names)
            signal = sum(energy(parameters[name]) for name in names)
            sqnr = 10 * math.log10(signal / noise) if noise and signal else None
            rows.append(Sensitivity(layer, bits, sum(parameters[name].numel() for name in names), sqnr, noise))
    return rows, rounded


def measure_data(
    network: Network,
    rows: Sequence[Sensitivity],
    rounded: Rounded,
    batches: Iterable[Batch],
    done: Callable[[int], None] = lambda runs: None,
    device: str = "cpu",
) -> list[Sensitivity]:
    """Return ``rows`` with output error and loss increase over ``batches``.

    ``done`` is called with the images of each run. A batch runs through the layers once, and from each layer on again
    for each width. The network has one input and one output. Raises VerifyError if the output or the loss is not
    finite, or if the output is zero everywhere.
    """
    order = {name: position for position, name in enumerate(network.layer_names)}
    errors, increases = dict.fromkeys(rounded, 0.0), dict.fromkeys(rounded, 0.0)
    signal, images = 0.0, 0
    by_layer: dict[str, list[int]] = {}
    for layer, bits in rounded:
        by_layer.setdefault(layer, []).append(bits)
    with torch.no_grad():
        for batch in batches:
            inputs, labels = batch.inputs.to(device), batch.labels.to(device)
            reference = network(inputs)
            loss = _total_loss(reference, labels)
            signal += energy(reference)
            images += len(labels)
            prefix: list[torch.Tensor | None] = [inputs]
            for layer in sorted(by_layer, key=order.__getitem__):
                prefix = network.advance(prefix, order[layer])
                for bits in by_layer[layer]:
                    with holding(network, rounded[layer, bits]):
                        values = network.advance(prefix, len(order))
                    output = values[network.outputs[0]]
                    assert output is not None
                    errors[layer, bits] += energy(reference - output)
                    increases[layer, bits] += _total_loss(output, labels) - loss
                    done(len(labels))
    if not (math.isfinite(signal) and signal > 0):
        fact = f"the sum of squares of the network's output over {images} images is {signal}"
        raise VerifyError(fact, "it must be finite and above 0")
    for (layer, bits), increase in increases.items():
        if not (math.isfinite(errors[layer, bits]) and math.isfinite(increase)):
            raise VerifyError(f"the network's output or loss is not finite with {layer} at {bits} bits")
    return [
        replace(
            row,
            output_error=errors[row.layer, row.bits] / signal,
            loss_increase=increases[row.layer, row.bits] / images,
        )
        for row in rows
    ]


@contextmanager
def holding(network: Network, values: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Give the named parameters of ``network`` these ``values`` inside the ``with`` block, also if they are shared."""
    parameters = dict(network.named_parameters(remove_duplicate=False))
    stored = {name: parameters[name].data for name in values}
    try:
        for name, tensor in values.items():
            parameters[name].data = tensor
        yield
    finally:
        for name, tensor in stored.items():
            parameters[name].data = tensor


def _total_loss(logits: torch.Tensor, labels: torch.Tensor) -> float:
    return float(functional.cross_entropy(logits, labels, reduction="none").double().sum())
