"""Computes the tensors that no state dict has: a foreign network computes them, or holds them without saving them."""

from collections.abc import Mapping

import torch

from verify.importers.constants import Constants
from verify.importers.lowering import Lowered


def made_values(lowered: Lowered, held: Mapping[str, torch.Tensor], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the values of the layers ``lowered.made``, for one sample; floats are in ``dtype``.

    ``held`` has every tensor of the network by name. Raises KeyError if one is missing.
    """
    constants = Constants(lowered.traced, held, dtype)
    layers = {node.name: node for node in lowered.imported.graph.layers}
    found = {}
    for name, made in lowered.made.items():
        values = made if isinstance(made, torch.Tensor) else constants.value(made)
        wanted = torch.int64 if layers[name].output.dtype == "int64" else dtype
        found[name] = values.to(wanted).reshape(layers[name].shape.sizes)
    return found
