"""Estimates the trace of the Hessian of the loss for each layer's weights, from products with random vectors."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch.nn import functional

from verify.build import Network
from verify.data import Batch


def hessian_traces(
    network: Network,
    layers: Mapping[str, Sequence[str]],
    batches: Sequence[Batch],
    probes: int,
    seed: int = 0,
    done: Callable[[int], None] = lambda probes: None,
) -> dict[str, float]:
    """Return the trace of the block of each layer in the Hessian of the mean loss.

    ``layers`` has the names of their weights. Hutchinson's estimator is the mean of vᵀHv over ``probes`` vectors v of
    independent random signs. One product Hv is enough for all layers, because the signs of different layers are
    independent. The network is in eval mode.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    names = [name for own in layers.values() for name in own]
    weights = [parameters[name] for name in names]
    generator = torch.Generator().manual_seed(seed)
    images = sum(len(batch.labels) for batch in batches)
    found = dict.fromkeys(names, 0.0)
    for _ in range(probes):
        signs = [
            torch.randint(2, w.shape, generator=generator).to(w.dtype).mul_(2).sub_(1).to(w.device) for w in weights
        ]
        for batch in batches:
            device = weights[0].device
            loss = functional.cross_entropy(network(batch.inputs.to(device)), batch.labels.to(device), reduction="sum")
            gradients = torch.autograd.grad(loss / images, weights, create_graph=True)
            pairs = zip(gradients, signs, strict=True)
            along = torch.stack([(gradient * sign).sum() for gradient, sign in pairs]).sum()
            products = torch.autograd.grad(along, weights)
            for name, sign, product in zip(names, signs, products, strict=True):
                found[name] += float((sign * product).double().sum()) / probes
            done(len(batch.labels))
    return {layer: sum(found[name] for name in own) for layer, own in layers.items()}
