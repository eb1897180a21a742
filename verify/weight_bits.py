"""Bits that the weights of a run really need, recovered from the values that the forward pass used."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import torch

from calc.analysis import Analysis
from verify.build import Network
from verify.quantise import (
    Quantised,
    QuantiseError,
    Scheme,
    measured_bits,
    quantise,
    quantise_weights,
    run_quantised,
)
from verify.quantise.scheme import MAX_BITS

Arguments = tuple[torch.Tensor, ...]


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


def quantised_weights(
    analysis: Analysis, network: Network, inputs: torch.Tensor
) -> dict[str, tuple[torch.Tensor, Quantised]]:
    """Every weight of up to 16 bits as it is and quantised by the seed's scheme, by name.

    The name is the parameter's, or ``LAYER.input I`` where the weight arrives: another layer holds it or makes it
    of parameters alone. Raises QuantiseError where one cannot be quantised.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    quantised = quantise_weights(network, weight_schemes(analysis, network))
    found = {name: (parameters[name].detach(), each) for name, each in quantised.items()}
    schemes = _arriving_schemes(analysis)
    for name, tensor in _arriving(network, schemes, inputs).items():
        try:
            found[name] = tensor, quantise(tensor, schemes[name])
        except QuantiseError as error:
            raise QuantiseError(f"{name}: {error.fact}", error.hint) from None
    return found


def measured_weight_bits(
    analysis: Analysis,
    network: Network,
    inputs: torch.Tensor,
    quantised: Mapping[str, Quantised] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Per layer the bits that each of its quantised weights needs, after a run on ``inputs``.

    ``quantised``: the weights to run with, by name; by default those of ``quantised_weights``. The values
    are read inside the forward pass, from the tensors that it multiplies with. Raises QuantiseError where they do
    not lie on their grid.
    """
    if quantised is None:
        quantised = {name: each for name, (_, each) in quantised_weights(analysis, network, inputs).items()}
    found: dict[str, tuple[int, ...]] = {}

    def note(layer: str, name: str, values: torch.Tensor) -> None:
        q = quantised[name]
        bits = q.scheme.bits if bool(q.all_zero.all()) else measured_bits(values, q.scale, q.zero_point, q.scheme)
        found[layer] = (*found.get(layer, ()), bits)

    own = {name: each for name, each in quantised.items() if _position(name) is None}
    with _replacing(network, quantised), _reading(network, quantised, note), torch.no_grad():
        run_quantised(network, own, inputs)
    return found


def layer_of(weight: str, layers: Mapping[str, torch.nn.Module]) -> str:
    """The layer that uses ``weight``: the longest layer name that its name begins with."""
    name = weight
    while name:
        name = name.rpartition(".")[0]
        if name in layers:
            return name
    raise KeyError(weight)


def _arriving_schemes(analysis: Analysis) -> dict[str, Scheme]:
    """The scheme of each weight that arrives at a layer as an input, at the layer's bits."""
    return {
        f"{node.name}.{product.weight}": Scheme(given.bits.weight)
        for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True)
        if given is not None and given.bits.weight <= MAX_BITS
        for product in counts.products
        if product.weight is not None and _position(f".{product.weight}") is not None
    }


def _position(weight: str) -> int | None:
    """At which input ``LAYER.input I`` arrives; None for a parameter, whose name holds no space."""
    word, _, position = weight.rpartition(".")[2].partition(" ")
    return int(position) if word == "input" and position else None


def _arriving(network: Network, names: Collection[str], inputs: torch.Tensor) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    if names:
        keep = _reading(network, names, lambda _layer, name, values: found.update({name: values.clone()}))
        with keep, torch.no_grad():
            network(inputs)
    return found


@contextmanager
def _reading(
    network: Network, names: Collection[str], read: Callable[[str, str, torch.Tensor], object]
) -> Iterator[None]:
    """Within it ``read`` is given each weight, with its layer and name, as its layer is about to use it."""
    layers, handles = network.layers, []
    for name in names:
        layer = layer_of(name, layers)
        path, _, last = name[len(layer) + 1 :].rpartition(".")

        def look(
            module: torch.nn.Module,
            arguments: Arguments,
            layer: str = layer,
            name: str = name,
            path: str = path,
            last: str = last,
        ) -> None:
            at = _position(name)
            read(layer, name, getattr(module.get_submodule(path), last) if at is None else arguments[at])

        handles.append(layers[layer].register_forward_pre_hook(look))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _replacing(network: Network, quantised: Mapping[str, Quantised]) -> Iterator[None]:
    """Within it the weights of ``quantised`` that arrive do so in their quantised form."""
    layers, handles = network.layers, []
    for name, each in quantised.items():
        at = _position(name)
        if at is None:
            continue

        def put(
            _module: torch.nn.Module, arguments: Arguments, at: int = at, values: torch.Tensor = each.values
        ) -> Arguments:
            return (*arguments[:at], values, *arguments[at + 1 :])

        handles.append(layers[layer_of(name, layers)].register_forward_pre_hook(put))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
