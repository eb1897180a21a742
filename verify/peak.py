"""Compares the planned peak of activation memory with the measured peak of the storages that torch makes and frees."""

from collections.abc import Callable

import torch
from torch import nn

from calc.analysis import Analysis
from calc.memory import UNQUANTISED_BITS, peak_bytes, storage_bytes
from verify.build import Network
from verify.build.cache import Kept, KeptOnce
from verify.compare import Mismatch
from verify.measure.conditions import counting_conditions
from verify.measure.hooks import Ticker, watched
from verify.measure.storages import Storages


def planned_peak_bytes(analysis: Analysis) -> int:
    """Return the peak of ``analysis`` in bytes with activations as in torch: float32, and int64 for token ids."""
    lifetimes = analysis.workload.lifetimes
    return peak_bytes(lifetimes, storage_bytes(lifetimes, (UNQUANTISED_BITS,) * len(analysis.graph.nodes)))


def measured_peak_bytes(
    analysis: Analysis,
    network: Network,
    device: str | torch.device = "cpu",
    seed: int = 0,
    done: Callable[[int], object] = lambda layers: None,
) -> int:
    """Return the most bytes of activations that exist at one time while ``network`` of ``analysis`` runs on ``device``.

    The network runs layer by layer on inputs that nothing else holds, because a call would hold its inputs to the end.
    """
    layers: dict[str, nn.Module] = network.layers
    values: list[torch.Tensor | None] = [*Network.sample(analysis.graph, analysis.batch, device, seed)]
    keepers = [name for name, layer in layers.items() if isinstance(layer, (Kept, KeptOnce))]
    for index, elements in enumerate(analysis.workload.lifetimes.elements[: len(values)]):
        if not elements:
            values[index] = None  # only layers that do not run in this call read it
    storages = Storages(network, values, keepers)
    with counting_conditions(network), watched(layers, storages), watched(layers, Ticker(done)):
        for stop in range(1, len(layers) + 1):
            values = network.advance(values, stop)
    return storages.peak_bytes


def compare_peaks(planned: int, measured: int) -> list[Mismatch]:
    """Return the difference as a mismatch of the whole network; empty if there is none."""
    if planned == measured:
        return []
    return [Mismatch("total", f"peak_activation_bytes@{UNQUANTISED_BITS}", planned, measured, "torch's storages")]
