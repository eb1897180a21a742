"""Count a network by running it, three ways that share no arithmetic.

*Hooks* see shapes, parameters and calls of a real forward pass. The *dispatcher* is PyTorch's own
FlopCounterMode. The *probe* executes every product again on ones. What the last two share is which
products PyTorch dispatched, and the shapes of their operands.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import nn

from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatcher_macs
from verify.measure.errors import MeasureError
from verify.measure.hooks import Shapes, watched
from verify.measure.probe import Probe
from verify.measure.rows import Measured, Row, parameter_elements, require_disjoint

__all__ = ["MeasureError", "Measured", "Row", "measure"]


def measure(network: nn.Module, layers: Mapping[str, nn.Module], inputs: torch.Tensor) -> Measured:
    """Run ``network`` on ``inputs`` (batch first) and count each of its ``layers``.

    A layer is one module of the network with all its submodules; no two layers may overlap, and every
    product must run inside one. Counts are those of the whole batch. The network and the inputs are
    left as they were. With ``inputs`` on the meta device nothing real is run and shapes come from
    meta, so the network may be larger than memory.

    Raises MeasureError for an op that is neither a product nor free for a stated reason, for a product
    outside every layer, and where two of the ways contradict each other.
    """
    require_disjoint(network, layers)
    with counting_conditions(network):
        real = None
        if not inputs.is_meta:
            real = Shapes(layers)
            with watched(layers, real):
                network(inputs.clone())
        meta_network, meta_layers = on_meta(network, layers)
        meta_inputs = inputs.detach().to("meta")
        shapes, probe = Shapes(layers), Probe(layers)
        with watched(meta_layers, shapes), watched(meta_layers, probe), probe:
            meta_network(meta_inputs)
        dispatched = dispatcher_macs(meta_network, meta_layers, meta_inputs)
    if real:
        require_equal("output shape", {"the CPU": real.output_shape, "meta": shapes.output_shape})
        require_equal("calls", {"the CPU": real.calls, "meta": shapes.calls})
    require_equal("MACs", {"the dispatcher": dispatched, "the probe": probe.dense_macs})
    elements, unowned_elements = parameter_elements(network, layers)
    rows = {
        layer: Row(
            shapes.output_shape[layer],
            elements[layer],
            shapes.calls[layer],
            dispatched[layer],
            probe.dense_macs[layer],
            probe.effective_macs[layer],
        )
        for layer in layers
    }
    return Measured(MappingProxyType(rows), unowned_elements)


def require_equal(quantity: str, ways: dict[str, Mapping[str, object]]) -> None:
    """Raises MeasureError listing every layer on which the two ``ways`` differ."""
    (first, seen_first), (second, seen_second) = ways.items()
    different = [
        f"{layer}: {quantity} {value} by {first}, {seen_second[layer]} by {second}"
        for layer, value in seen_first.items()
        if value != seen_second[layer]
    ]
    if different:
        raise MeasureError("; ".join(different))
