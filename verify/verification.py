"""The whole check of one network: build, measure, quantise, compare."""

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
"""Is told how many layers have run since it was last told."""


@dataclass(frozen=True)
class Verification:
    """What was derived, what was measured, and every difference.

    ``bitops`` and ``quantised``, the reports of each layer's quantised weights, are empty where nothing was run (on
    meta); ``peak_bytes``, the most that float32 activations took at once, is None there. ``identity`` where a reference
    was built; ``figures`` are those that are published with its weights. ``deployed``: how the outputs of a deployed
    network compare with those of the network as it is written, where it is one and was run.
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
        """No difference anywhere."""
        return (
            not self.mismatches
            and (self.identity is None or self.identity.identical)
            and (self.deployed is None or self.deployed.equal)
            and all(figure.agrees for figure in self.figures)
        )


def runs(analysis: Analysis, device: str, against: bool) -> int:
    """How many layers ``verify`` says are done, over all of its runs but a comparison with a reference in float64."""
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

    ``against``: also build the spec's reference, give both the same weights and compare the outputs. ``reference``: the
    same with another network, with its MACs too where it is the user's own.
    ``weights``: the reference's published ones (``DEFAULT``), which torchvision downloads. ``device``: where the
    networks run; on ``meta`` nothing is run: shapes, parameters and MACs only. ``figures``: published ones that
    have to agree too. Of a deployed network the outputs are also compared with those of the network as it is written,
    on the CPU.

    Raises MeasureError where the network does something that cannot be counted, VerifyError for a
    device that cannot be used, a reference that does not exist or cannot be had and a layer that torch cannot run,
    QuantiseError for weights that cannot be quantised.
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
    """Per layer the bits that its quantised weights need in a run, and the reports of these weights; the bits of codes.

    On the CPU whatever the network's device: not every other one has the doubles that the report needs.
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
    """Within it torch runs on one thread: outputs are bit for bit equal only at one thread count."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
