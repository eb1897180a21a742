"""The whole check of one network: build, measure, quantise, compare."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from calc.analysis import Analysis
from verify.build import Network, build
from verify.compare import MeasuredBitOps, Mismatch, compare, compare_bits, measured_bitops
from verify.errors import VerifyError
from verify.lively import lively
from verify.measure import Measured, measure
from verify.reference import Identity, build_reference, compare_with_reference
from verify.weight_bits import measured_weight_bits


@dataclass(frozen=True)
class Verification:
    """What was derived, what was measured, and every difference; ``identity`` where a reference was built."""

    analysis: Analysis
    measured: Measured
    bitops: dict[str, MeasuredBitOps]
    mismatches: tuple[Mismatch, ...]
    identity: Identity | None

    @property
    def agrees(self) -> bool:
        """No difference anywhere."""
        return not self.mismatches and (self.identity is None or self.identity.identical)


def verify(
    analysis: Analysis, against: bool = False, weights: str | None = None, device: str = "cpu", seed: int = 0
) -> Verification:
    """Build ``analysis.graph``, run it on a seeded input of its batch, and compare every layer.

    ``against``: also build the spec's reference, give both the same weights and compare the outputs.
    ``weights``: the reference's published ones (``DEFAULT``), which torchvision downloads. On the
    ``meta`` device nothing is run: shapes, parameters and MACs only.

    Raises MeasureError where the network does something that cannot be counted, VerifyError for a
    reference that does not exist, QuantiseError for weights that cannot be quantised.
    """
    graph = analysis.graph
    network = build(graph, "cpu" if device != "meta" else device, initialise=False)
    inputs = Network.sample(graph, analysis.batch, "cpu" if device != "meta" else device, seed)
    if device != "meta":
        network.load_state_dict(lively(network.state_dict(), seed))
    measured = measure(network, network.layers, inputs)
    mismatches = compare(analysis, measured)
    bits = {} if device == "meta" else measured_weight_bits(analysis, network, inputs)
    bitops = measured_bitops(analysis, measured, bits)
    mismatches += compare_bits(analysis, bitops)
    identity = None
    if against:
        if graph.reference is None:
            raise VerifyError(f"{graph.model} names no reference to compare with", "reference: torchvision/NAME")
        reference = build_reference(graph.reference, weights, graph.input.sizes)
        if device != "meta":
            reference, network, inputs = reference.to(device), network.to(device), inputs.to(device)
        else:
            reference = reference.to("meta")
        with one_thread():
            identity = compare_with_reference(network, reference, graph.reference, inputs, weights is not None)
    return Verification(analysis, measured, bitops, tuple(mismatches), identity)


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it torch runs on one thread: outputs are bit for bit equal only at one thread count."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
