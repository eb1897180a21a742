"""Verifies one network: builds it, measures it, quantises its weights, and compares."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch

from calc.analysis import Analysis
from calc.model.graph import Graph
from verify.build import Inputs, Network, build
from verify.compare import (
    MeasuredBitOps,
    Mismatch,
    compare_bits,
    compare_counts,
    compare_stored_codes,
    measured_bitops,
    quantisation_faults,
)
from verify.deployed import DeployedOutputs, compare_deployed
from verify.device import usable_device
from verify.errors import VerifyError
from verify.lively import lively
from verify.measure import Measured, measure
from verify.measure.hooks import Ticker, watched
from verify.peak import compare_peaks, measured_peak_bytes, planned_peak_bytes
from verify.published import Published
from verify.quantise import LayerReport, layer_report
from verify.reference import Identity, Reference, build_reference, compare_with_reference
from verify.reference_counts import WHOLE, count_differences, reference_macs
from verify.reference_name import require_reference
from verify.single import only_input
from verify.weight_bits import measured_weight_bits, quantised_weights, stored_code_bits

Done = Callable[[int], object]
"""A function that is called with the number of layers that have run since the last call."""


@dataclass(frozen=True)
class Verification:
    """The result of a verification: calc's counts, the measured counts, and every difference.

    ``bitops`` and ``quantised``, the reports on each layer's quantised weights, are empty if nothing ran (on meta), and
    ``peak_bytes``, the peak of float32 activations, is then None. ``identity`` is the comparison with the reference, if
    there is one, and ``figures`` are those published with its weights. ``deployed`` compares the outputs of a deployed
    network, if it is one and ran, with those of the network as written.
    """

    analysis: Analysis
    measured: Measured
    bitops: dict[str, MeasuredBitOps]
    quantised: dict[str, tuple[LayerReport, ...]]
    mismatches: tuple[Mismatch, ...]
    identity: Identity | None
    peak_bytes: int | None = None
    figures: tuple[Published, ...] = ()
    deployed: DeployedOutputs | None = None

    @property
    def agrees(self) -> bool:
        """Whether there is no difference."""
        return (
            not self.mismatches
            and (self.identity is None or self.identity.identical)
            and (self.deployed is None or self.deployed.equal)
            and all(figure.agrees for figure in self.figures)
        )


def runs(analysis: Analysis, device: str, against: bool) -> int:
    """Return the number of layers that ``verify`` reports as done, over all its runs except a comparison in float64."""
    layers = _layers_run(analysis.graph)
    if device == "meta":
        return layers
    both = 0 if analysis.original is None else layers + _layers_run(analysis.original)
    return layers * (5 if against else 4) + both


def _layers_run(graph: Graph) -> int:
    return sum(not node.training_only for node in graph.layers)


def verify(
    analysis: Analysis,
    against: bool = False,
    weights: str | None = None,
    device: str = "cpu",
    seed: int = 0,
    figures: tuple[Published, ...] = (),
    done: Done = lambda layers: None,
    reference: Reference | None = None,
) -> Verification:
    """Build ``analysis.graph``, run it on a seeded input of its batch, and compare every layer.

    ``against``: also build the spec's reference, give both the same weights and compare the outputs. ``reference``:
    another network to compare with in this way; its MACs are compared too if it is the user's own. ``weights``:
    published weights of the reference (``DEFAULT``), which torchvision downloads. ``device``: the device of the
    networks; on ``meta``, only shapes, parameters and MACs are compared. ``figures``: published figures that must agree
    too. The outputs of a deployed network are also compared with those of the network as written, on the CPU.

    Raises MeasureError if the network does something that cannot be counted, VerifyError for a device that cannot be
    used, a reference that does not exist or cannot be downloaded, or a layer that torch cannot run, and QuantiseError
    for weights that cannot be quantised.
    """
    graph, place = analysis.graph, usable_device(device)
    on_meta = place.type == "meta"
    if against or weights is not None:
        require_reference(graph, weights, on_meta)
    if against:
        name = graph.reference or ""
        reference = Reference(name, build_reference(name, weights, only_input(graph)))
    network = build(graph, place, initialise=False)
    inputs = Network.sample(graph, analysis.batch, place, seed)
    if not on_meta:
        network.load_state_dict(lively(network.state_dict(), seed))
    measured = measure(network, network.layers, inputs, done)
    mismatches = compare_counts(analysis, measured)
    bitops: dict[str, MeasuredBitOps] = {}
    quantised: dict[str, tuple[LayerReport, ...]] = {}
    peak = None
    if not on_meta:
        peak = measured_peak_bytes(analysis, network, place, seed, done)
        mismatches += compare_peaks(planned_peak_bytes(analysis), peak)
        bits, quantised, code_bits = _quantised(analysis, network, seed, done)
        bitops = measured_bitops(analysis, measured, bits)
        mismatches += compare_bits(analysis, bitops) + quantisation_faults(quantised)
        mismatches += compare_stored_codes(analysis, code_bits)
    identity = None
    if reference is not None:
        module = reference.module
        try:
            with one_thread(), watched(network.layers, Ticker(done)):
                identity = compare_with_reference(
                    network, module.to(place), reference.name, inputs, weights is not None
                )
                if reference.is_own:
                    macs = reference_macs(module, network.layers, inputs)
                    differences = tuple(count_differences(analysis, macs))
                    identity = replace(identity, macs=macs[WHOLE], count_differences=differences)
        except VerifyError:
            raise
        except Exception as error:
            if not (reference.is_own or isinstance(error, (AssertionError, RuntimeError))):
                raise
            raise VerifyError(f"{reference.name} cannot run on {_shapes(inputs)}: {error}") from error
    deployed = None
    if analysis.original is not None and not on_meta:
        deployed = compare_deployed(analysis.original, graph, analysis.batch, seed, done)
    return Verification(analysis, measured, bitops, quantised, tuple(mismatches), identity, peak, figures, deployed)


def _shapes(inputs: Inputs) -> str:
    return ", ".join(str(tuple(each.shape)) for each in inputs)


def _quantised(
    analysis: Analysis, network: Network, seed: int, done: Done
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[LayerReport, ...]], int]:
    """Return the bits that each layer's quantised weights need in a run, the reports on them, and the bits of codes.

    It runs on the CPU, because some devices have no float64, which the reports need.
    """
    if next(network.parameters(), torch.empty(0)).device.type != "cpu":
        there, network = network, build(analysis.graph, initialise=False)
        network.load_state_dict(there.state_dict())
    layers, inputs = network.layers, Network.sample(analysis.graph, analysis.batch, seed=seed)
    weights = quantised_weights(analysis, network, inputs)
    reports: dict[str, tuple[LayerReport, ...]] = {}
    for weight, (tensor, quantised) in weights.items():
        reports[weight.layer] = (*reports.get(weight.layer, ()), layer_report(str(weight), tensor, quantised))
    with watched(layers, Ticker(done)):
        bits = measured_weight_bits(analysis, network, inputs, {weight: each for weight, (_, each) in weights.items()})
    return bits, reports, stored_code_bits(weights, bits)


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread inside the ``with`` block, because outputs are bit for bit equal only then."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
