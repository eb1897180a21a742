"""Inputs on which an imported network and the foreign one are run."""

import torch

from calc.model.graph import Graph, Node
from calc.ops.base.table import TableOp
from calc.ops.roi_align import RoiAlign
from verify.build import Inputs

BATCH = 2


def samples(graph: Graph, seed: int = 0) -> Inputs:
    """Seeded inputs of ``graph`` for BATCH samples: normal, token ids that every embedding has, boxes in the image."""
    generator = torch.Generator().manual_seed(seed)
    tables = [node.op.num_embeddings for node in graph.layers if isinstance(node.op, TableOp)]
    images = {node.inputs[1]: _image(graph, node) for node in graph.layers if isinstance(node.op, RoiAlign)}
    found = []
    for index in graph.inputs.values():
        node = graph.nodes[index]
        sizes = (BATCH, *node.shape.sizes)
        if node.output.dtype == "int64":
            found.append(torch.randint(min(tables, default=1), sizes, generator=generator))
        elif index in images:
            found.append(_boxes(sizes, images[index], generator))
        else:
            found.append(torch.randn(sizes, generator=generator))
    return tuple(found)


def _image(graph: Graph, node: Node) -> float:
    """The shorter side of the image that the boxes of ``node`` are in."""
    assert isinstance(node.op, RoiAlign)
    height, width = graph.nodes[node.inputs[0]].shape.sizes[-2:]
    return min(height, width) / node.op.spatial_scale


def _boxes(sizes: tuple[int, ...], image: float, generator: torch.Generator) -> torch.Tensor:
    """Boxes of every size in an image, from a 32nd of its side to all of it."""
    places, widths = torch.rand(2, *sizes[:-1], 2, generator=generator)
    sides = image * 2.0 ** (-5 * widths)
    corners = places * (image - sides)
    return torch.cat([corners, corners + sides], -1)
