"""Bits that the weights of a run really need, recovered from the values that the forward pass used."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import torch

from calc.analysis import Analysis
from verify.build import Network
from verify.quantise import Quantised, Scheme, measured_bits, quantise_weights, run_quantised
from verify.quantise.scheme import MAX_BITS


def weight_schemes(
    analysis: Analysis, network: Network, scheme: Scheme | None = None, per_channel: bool = False
) -> dict[str, Scheme]:
    """The scheme of each weight at its layer's bits, by parameter name.

    By default the seed's: per tensor, symmetric, scale = max|w| / qmax. ``scheme`` gives another one, whose bits and
    axis are not used; 1 bit is always binary. Weights wider than the quantiser's widths are left out.
    """
    scheme = scheme or Scheme(8)
    schemes = {}
    for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True):
        if given is None or given.bits.weight > MAX_BITS:
            continue
        held = dict(network.layers[node.name].named_parameters())
        for product in counts.products:
            if product.weight in held:
                axis = (1 if node.op.word.startswith("conv_transpose") else 0) if per_channel else None
                bits = given.bits.weight
                own = Scheme(1, axis=axis) if bits == 1 else replace(scheme, bits=bits, axis=axis)
                schemes[f"{node.name}.{product.weight}"] = own
    return schemes


def measured_weight_bits(
    analysis: Analysis, network: Network, inputs: torch.Tensor, quantised: Mapping[str, Quantised] | None = None
) -> dict[str, tuple[int, ...]]:
    """Per layer the bits that each of its quantised weights needs, after a run on ``inputs``.

    ``quantised``: the weights to run with, by parameter name; by default quantised by the seed's scheme. The values
    are read inside the forward pass, from the tensors that it multiplies with. Raises QuantiseError where they do
    not lie on their grid.
    """
    if quantised is None:
        quantised = quantise_weights(network, weight_schemes(analysis, network))
    used: dict[str, torch.Tensor] = {}
    with _recording(network, quantised, used), torch.no_grad():
        run_quantised(network, quantised, inputs)
    found: dict[str, tuple[int, ...]] = {}
    layers = network.layers
    for name, values in used.items():
        layer = _layer_of(name, layers)
        q = quantised[name]
        bits = q.scheme.bits if bool(q.all_zero.all()) else measured_bits(values, q.scale, q.zero_point, q.scheme)
        found[layer] = (*found.get(layer, ()), bits)
    return found


@contextmanager
def _recording(network: Network, names: Mapping[str, Quantised], used: dict[str, torch.Tensor]) -> Iterator[None]:
    layers, handles = network.layers, []
    for name in names:
        layer = _layer_of(name, layers)
        path, _, last = name[len(layer) + 1 :].rpartition(".")

        def record(
            module: torch.nn.Module, _inputs: object, name: str = name, path: str = path, last: str = last
        ) -> None:
            used[name] = getattr(module.get_submodule(path), last).clone()

        handles.append(layers[layer].register_forward_pre_hook(record))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layer_of(parameter: str, layers: Mapping[str, torch.nn.Module]) -> str:
    """The layer that holds ``parameter``: the longest layer name that its name begins with."""
    name = parameter
    while name:
        name = name.rpartition(".")[0]
        if name in layers:
            return name
    raise KeyError(parameter)
