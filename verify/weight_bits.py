"""Measures the bits that the weights of a run need, from the values that the forward pass uses."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import torch

from calc.analysis import Analysis
from calc.counts import Counts
from calc.formats import Format
from calc.model.graph import Bits, Node
from calc.ops.base import Input, Operand, Parameter
from verify.build import Inputs, Network
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


class UsedWeight(NamedTuple):
    """A weight as one layer uses it: a parameter of the layer, or one of its inputs."""

    layer: str
    operand: Operand

    def __str__(self) -> str:
        return f"{self.layer}.{self.operand}"


def weight_schemes(
    analysis: Analysis, network: Network, scheme: Scheme | None = None, per_channel: bool = False
) -> dict[str, Scheme]:
    """Return the scheme of each weight at the bits of its layer, by parameter name.

    The default is per tensor, symmetric, with scale = max|w| / qmax. ``scheme`` gives another one, whose bits and axis
    are not used. 1 bit is always binary. Weights with more bits than the quantiser has are left out.
    """
    scheme = scheme or Scheme(8)
    schemes = {}
    for name, node, bits in _multiplied(analysis, network):
        axis = (1 if node.op.word.startswith("conv_transpose") else 0) if per_channel else None
        if bits.weight <= MAX_BITS:
            schemes[name] = Scheme(1, axis=axis) if bits.weight == 1 else replace(scheme, bits=bits.weight, axis=axis)
    return schemes


def weight_formats(analysis: Analysis, network: Network) -> dict[str, Format]:
    """Return the storage format of each weight that its layer multiplies with, by parameter name."""
    return {name: bits.stored for name, _, bits in _multiplied(analysis, network)}


def _multiplied(analysis: Analysis, network: Network) -> Iterator[tuple[str, Node, Bits]]:
    """Yield each weight by its parameter name, with its layer and its bits."""
    for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True):
        if given is None:
            continue
        held = dict(network.layers[node.name].named_parameters())
        for name in own_weights(node, counts):
            if name in held:
                own = Parameter(name if node.experts is None else name.partition(".")[2])
                yield f"{node.name}.{name}", node, given.of(own)


def own_weights(node: Node, counts: Counts) -> list[str]:
    """Return the names of the parameters of a layer's module that it multiplies with; ``3.weight`` for an expert."""
    names = [product.weight.name for product in counts.products if isinstance(product.weight, Parameter)]
    if node.experts is None:
        return names
    return [f"{expert}.{name}" for expert in range(node.copies) for name in names]


def quantised_weights(
    analysis: Analysis, network: Network, inputs: Inputs
) -> dict[UsedWeight, tuple[torch.Tensor, Quantised]]:
    """Return every weight of up to 16 bits, as it is and quantised by the default scheme.

    A weight that is an input is held by another layer, or computed only from parameters. Raises QuantiseError if a
    weight cannot be quantised.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    quantised = quantise_weights(network, weight_schemes(analysis, network))
    names = by_layer(quantised, network.layers)
    found = {weight: (parameters[name].detach(), quantised[name]) for weight, name in names.items()}
    schemes = _arriving_schemes(analysis)
    for weight, tensor in _arriving(network, schemes, inputs).items():
        try:
            found[weight] = tensor, quantise(tensor, schemes[weight])
        except QuantiseError as error:
            raise QuantiseError(f"{weight}: {error.fact}", error.hint) from None
    return found


def measured_weight_bits(
    analysis: Analysis,
    network: Network,
    inputs: Inputs,
    quantised: Mapping[UsedWeight, Quantised] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Return the bits that each quantised weight of a layer needs in a run on ``inputs``, by layer.

    ``quantised`` are the weights to run with; by default those of ``quantised_weights``. The values are read inside the
    forward pass, from the tensors that it multiplies with. Raises QuantiseError if a value is not on its grid.
    """
    if quantised is None:
        quantised = {weight: each for weight, (_, each) in quantised_weights(analysis, network, inputs).items()}
    found: dict[str, tuple[int, ...]] = {}

    def note(weight: UsedWeight, values: torch.Tensor) -> None:
        q = quantised[weight]
        bits = q.scheme.bits if bool(q.all_zero.all()) else measured_bits(values, q.scale, q.zero_point, q.scheme)
        found[weight.layer] = (*found.get(weight.layer, ()), bits)

    own = {str(weight): each for weight, each in quantised.items() if isinstance(weight.operand, Parameter)}
    with _replacing(network, quantised), _reading(network, quantised, note), torch.no_grad():
        run_quantised(network, own, *inputs)
    return found


def stored_code_bits(
    weights: Mapping[UsedWeight, tuple[torch.Tensor, Quantised]], bits: Mapping[str, tuple[int, ...]]
) -> int:
    """Return the bits of the codes of all parameters among ``weights``.

    A parameter that several layers use counts once. ``bits`` has, by layer, the bits that its weights need in a run, in
    their order.
    """
    found = {}
    for layer, widths in bits.items():
        own = [weight for weight in weights if weight.layer == layer]
        for weight, width in zip(own, widths, strict=False):
            if isinstance(weight.operand, Parameter):
                tensor = weights[weight][0]
                found[tensor.data_ptr()] = tensor.numel() * width
    return sum(found.values())


def by_layer(names: Iterable[str], layers: Mapping[str, torch.nn.Module]) -> dict[UsedWeight, str]:
    """Return the parameters ``names`` by the layer that uses each: the longest layer name that begins their name."""
    found = {}
    for name in names:
        layer = name.rpartition(".")[0]
        while layer not in layers:
            if not layer:
                raise KeyError(name)
            layer = layer.rpartition(".")[0]
        found[UsedWeight(layer, Parameter(name[len(layer) + 1 :]))] = name
    return found


def _arriving_schemes(analysis: Analysis) -> dict[UsedWeight, Scheme]:
    """Return the scheme of each weight that is an input of a layer, at the bits of the layer."""
    return {
        UsedWeight(node.name, product.weight): Scheme(given.bits.weight)
        for node, counts, given in zip(analysis.graph.nodes, analysis.counts, analysis.assigned, strict=True)
        if given is not None and given.bits.weight <= MAX_BITS
        for product in counts.products
        if isinstance(product.weight, Input)
    }


def _arriving(network: Network, weights: Collection[UsedWeight], inputs: Inputs) -> dict[UsedWeight, torch.Tensor]:
    found: dict[UsedWeight, torch.Tensor] = {}
    if weights:
        keep = _reading(network, weights, lambda weight, values: found.update({weight: values.clone()}))
        with keep, torch.no_grad():
            network(*inputs)
    return found


@contextmanager
def _reading(
    network: Network, weights: Collection[UsedWeight], read: Callable[[UsedWeight, torch.Tensor], object]
) -> Iterator[None]:
    """Call ``read`` with each weight just before its layer uses it, inside the ``with`` block."""
    layers, handles = network.layers, []
    for weight in weights:

        def look(module: torch.nn.Module, arguments: Arguments, weight: UsedWeight = weight) -> None:
            operand = weight.operand
            if isinstance(operand, Input):
                read(weight, arguments[operand.position])
            else:
                path, _, last = operand.name.rpartition(".")  # in a quantised run it is a tensor, not a Parameter
                read(weight, getattr(module.get_submodule(path), last))

        handles.append(layers[weight.layer].register_forward_pre_hook(look))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _replacing(network: Network, quantised: Mapping[UsedWeight, Quantised]) -> Iterator[None]:
    """Replace the weights of ``quantised`` that are inputs by their quantised values inside the ``with`` block."""
    layers, handles = network.layers, []
    for weight, each in quantised.items():
        if isinstance(weight.operand, Parameter):
            continue

        def put(
            _module: torch.nn.Module,
            arguments: Arguments,
            at: int = weight.operand.position,
            values: torch.Tensor = each.values,
        ) -> Arguments:
            return (*arguments[:at], values, *arguments[at + 1 :])

        handles.append(layers[weight.layer].register_forward_pre_hook(put))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
