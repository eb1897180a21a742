"""Counts a network by running it, in three ways that share no arithmetic.

*Hooks* record shapes, parameters and calls of a real forward pass. The *dispatcher* is PyTorch's FlopCounterMode. The
*probe* runs every product again on ones. The last two share only the list of dispatched products and the shapes of
their operands.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType

import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatched
from verify.measure.errors import MeasureError
from verify.measure.hooks import Shapes, Ticker, watched
from verify.measure.probe import Probe
from verify.measure.rows import Measured, MeasuredRow, Seen, parameter_elements, require_disjoint

__all__ = ["MeasureError", "Measured", "MeasuredRow", "Seen", "measure"]


def measure(
    network: nn.Module,
    layers: Mapping[str, nn.Module],
    inputs: torch.Tensor | Sequence[torch.Tensor],
    done: Callable[[int], object] = lambda layers: None,
) -> Measured:
    """Run ``network`` on ``inputs`` (one tensor or several, batch first) and count each of its ``layers``.

    A layer is one module of the network with all its submodules. Layers may not overlap, and every product must run
    inside a layer. Counts are for the whole batch. The network and the inputs do not change. If ``inputs`` are on the
    meta device, no values are computed, so the network may be larger than memory.

    ``done`` is called at the end of each layer: once per layer on meta, else twice. If the ways give different counts,
    the result has all of them.

    Raises MeasureError for an op that is neither a product nor known to cost no MACs, for a product outside of all
    layers, and for a product larger than memory.
    """
    require_disjoint(network, layers)
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    with counting_conditions(network):
        meta_network, meta_layers = on_meta(network, layers)
        meta_inputs = tuple(each.detach().to("meta") for each in given)
        on_meta_shapes, probe, ticker = Shapes(layers), Probe(meta_layers), Ticker(done)
        shapes = on_meta_shapes
        outputs = None
        if not any(each.is_meta for each in given):
            shapes = Shapes(layers)
            with watched(layers, shapes), watched(layers, ticker):
                outputs = network(*[each.clone() for each in given])
        # the probe decomposes ops before the dispatcher sees them, into the same parts as the dispatcher would
        with ExitStack() as open_together:
            for watcher in (on_meta_shapes, probe, ticker):
                open_together.enter_context(watched(meta_layers, watcher))
            macs = open_together.enter_context(dispatched(meta_layers))
            open_together.enter_context(probe)
            on_meta_outputs = meta_network(*meta_inputs)
        probe.execute()
    elements, unowned_elements = parameter_elements(network, layers)
    rows = {
        layer: MeasuredRow(
            shapes.output_shape[layer],
            elements[layer],
            shapes.calls[layer],
            macs[layer],
            probe.dense_macs[layer],
            probe.effective_macs[layer],
        )
        for layer in layers
    }
    seen = {layer: Seen(on_meta_shapes.output_shape[layer], on_meta_shapes.calls[layer]) for layer in layers}
    leaves = tree_leaves(on_meta_outputs if outputs is None else outputs)
    returned = tuple([tuple(leaf.shape) for leaf in leaves if isinstance(leaf, torch.Tensor)])
    return Measured(
        MappingProxyType(rows),
        unowned_elements,
        MappingProxyType(seen),
        MappingProxyType(probe.weight_macs),
        returned,
    )
