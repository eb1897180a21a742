"""The peak of activations, by running: what calc plans against the storages that torch makes and frees."""

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
    """The peak of ``analysis`` with every activation as torch holds it: float32, and token ids int64."""
    lifetimes = analysis.workload.lifetimes
    return peak_bytes(lifetimes, storage_bytes(lifetimes, (UNQUANTISED_BITS,) * len(analysis.graph.nodes)))


def measured_peak_bytes(
    analysis: Analysis,
    network: Network,
    device: str | torch.device = "cpu",
    seed: int = 0,
    done: Callable[[int], object] = lambda layers: None,
) -> int:
    """The most bytes of activations alive at once while ``network``, the one of ``analysis``, runs on ``device``.

    The network runs layer by layer on inputs that nothing else holds, since a call would hold its own to the end.
    """
    layers: dict[str, nn.Module] = network.layers
    values: list[torch.Tensor | None] = [*Network.sample(analysis.graph, analysis.batch, device, seed)]
    keepers = [name for name, layer in layers.items() if isinstance(layer, (Kept, KeptOnce))]
    for index, elements in enumerate(analysis.workload.lifetimes.elements[: len(values)]):
        if not elements:
            values[index] = None  # layers read it that are not run in this call
    storages = Storages(network, values, keepers)
    with counting_conditions(network), watched(layers, storages), watched(layers, Ticker(done)):
        for stop in range(1, len(layers) + 1):
            values = network.advance(values, stop)
    return storages.peak_bytes


def compare_peaks(planned: int, measured: int) -> list[Mismatch]:
    """The difference, if there is one, as a mismatch of the whole network."""
    if planned == measured:
        return []
    return [Mismatch("total", f"peak_activation_bytes@{UNQUANTISED_BITS}", planned, measured, "torch's storages")]
