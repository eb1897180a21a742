"""Runs a network with weights and activations rounded by a configuration. The stored weights do not change."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import torch

from calc.analysis import Analysis
from calc.formats import Format
from verify.build import Network
from verify.data import Batch
from verify.errors import VerifyError
from verify.evaluate.configuration import EvaluatedBits, Quantisation, is_more_than_codes
from verify.quantise import ActivationQuantiser, Calibrator, QuantiseError, quantise_weights, round_to_format
from verify.quantise.scheme import MAX_BITS
from verify.swap import run_with
from verify.weight_bits import weight_formats, weight_schemes

Quantisers = Mapping[str, tuple[ActivationQuantiser, ...]]
_HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}


def rounded_weights(
    network: Network, configuration: EvaluatedBits, quantisation: Quantisation
) -> dict[str, torch.Tensor]:
    """Return the values that replace the network's weights, by name: rounded to their format, or to plain codes.

    Raises QuantiseError if a weight cannot be rounded, or if one tensor has two formats.
    """
    analysis = configuration.analysis
    schemes = weight_schemes(analysis, network, quantisation.weight_scheme, per_channel=quantisation.per_channel)
    formats = weight_formats(analysis, network)
    parameters = dict(network.named_parameters(remove_duplicate=False))
    check_one_format_each(parameters, formats)
    in_format = {name: found for name, found in formats.items() if is_more_than_codes(found)}
    codes = quantise_weights(network, {name: each for name, each in schemes.items() if name not in in_format})
    rounded = {name: each.values.detach() for name, each in codes.items()}
    for name, found in in_format.items():
        try:
            rounded[name] = _in_format(parameters[name].detach(), found)
        except QuantiseError as error:
            raise QuantiseError(f"{name}: {error.fact}", error.hint) from None
    return rounded


def _in_format(weight: torch.Tensor, found: Format) -> torch.Tensor:
    if found.name in _HALVES:
        return weight.to(_HALVES[found.name]).float()
    return round_to_format(weight, found)


def check_one_format_each(parameters: Mapping[str, torch.Tensor], formats: Mapping[str, Format]) -> None:
    """Raise QuantiseError if two names of one tensor have different formats, because only one could be used."""
    first: dict[int, str] = {}
    for name, found in formats.items():
        other = first.setdefault(id(parameters[name]), name)
        if formats[other] != found:
            fact = f"{other} and {name} are one tensor, but in two formats: {formats[other].name} and {found.name}"
            raise QuantiseError(fact, "give both the same format")


def calibrated(
    network: Network,
    analysis: Analysis,
    weights: Mapping[str, torch.Tensor],
    quantisation: Quantisation,
    batches: Iterable[Batch],
    device: str = "cpu",
) -> dict[str, tuple[ActivationQuantiser, ...]]:
    """Return the quantisers of each layer with narrow activations, one for each input, calibrated on ``batches``.

    The network runs with ``weights``. Raises VerifyError if an activation has no range.
    """
    scheme = quantisation.activation_scheme
    calibrators: dict[str, list[Calibrator]] = {}
    for node, given in zip(analysis.graph.nodes, analysis.assigned, strict=True):
        if given is None or given.bits.activation > MAX_BITS:
            continue
        own = replace(scheme, bits=given.bits.activation)
        calibrators[node.name] = [Calibrator(own) for _ in node.inputs]
    if not calibrators:
        return {}

    def observe(name: str, inputs: tuple[torch.Tensor, ...]) -> None:
        for calibrator, values in zip(calibrators[name], inputs, strict=True):
            calibrator.observe(values)

    with _before_layers(network, calibrators, observe), torch.no_grad():
        for batch in batches:
            run_rounded(network, weights, {}, batch.inputs.to(device))
    found = {}
    for name, each in calibrators.items():
        try:
            found[name] = tuple(calibrator.quantiser() for calibrator in each)
        except QuantiseError as error:
            raise VerifyError(f"{name}: {error.fact}", "calibrate on more images") from None
    return found


def run_rounded(
    network: Network, weights: Mapping[str, torch.Tensor], quantisers: Quantisers, inputs: torch.Tensor
) -> torch.Tensor:
    """Return the network's output for ``inputs`` with ``weights`` in place of its own and activations rounded."""

    def round_inputs(name: str, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return tuple(q(values) for q, values in zip(quantisers[name], inputs, strict=True))

    with _before_layers(network, quantisers, round_inputs) if quantisers else nullcontext():
        output: torch.Tensor = run_with(network, weights, inputs)
    return output


@contextmanager
def _before_layers(
    network: Network, names: Iterable[str], act: Callable[[str, tuple[torch.Tensor, ...]], Any]
) -> Iterator[None]:
    """Call ``act`` with the inputs of each named layer inside the ``with`` block; its result replaces them."""
    layers = network.layers
    handles = [
        layers[name].register_forward_pre_hook(lambda _module, inputs, name=name: act(name, inputs)) for name in names
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
