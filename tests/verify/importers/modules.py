"""Small modules to import, and functions that import and check them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import nn

from calc.counts import count
from calc.model.graph import Graph, buffers, parameters
from verify.importers import Loaded, Lowered, lowered, traced
from verify.measure.conditions import counting_conditions
from verify.measure.dispatcher import dispatcher_macs


def loaded(module: nn.Module, **inputs: tuple[int, ...]) -> Loaded:
    return Loaded("test:net", module.eval(), inputs, {})


def lowered_of(module: nn.Module, **inputs: tuple[int, ...]) -> Lowered:
    return lowered(traced(loaded(module, **inputs)))


def graph_of(module: nn.Module, **inputs: tuple[int, ...]) -> Graph:
    """The graph of ``module``, whose tensors by key, and whose MACs, are those of the module."""
    result = lowered_of(module, **inputs)
    graph = result.imported.graph
    ours = {key: sizes for key, sizes in (parameters(graph) | buffers(graph)).items() if key not in result.made}
    assert ours == {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
    assert macs(graph) == run_macs(module, inputs)
    return graph


def macs(graph: Graph) -> int:
    return sum(product.macs for counts in count(graph) for product in counts.products)


def run_macs(module: nn.Module, inputs: Mapping[str, tuple[int, ...]]) -> int:
    """The MACs that PyTorch's dispatcher counts for one sample."""
    with counting_conditions(module):
        module = deepcopy(module).to("meta")
        given = [torch.empty(1, *sizes, device="meta") for sizes in inputs.values()]
        return dispatcher_macs(module, {"all": module}, given)["all"]


def layers(graph: Graph) -> list[tuple[str, str]]:
    return [(node.name, node.op.word) for node in graph.layers]


def fields(graph: Graph, name: str) -> dict[str, Any]:
    return next(node.op.values() for node in graph.layers if node.name == name)
