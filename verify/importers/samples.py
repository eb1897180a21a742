"""Makes the inputs on which an imported network and the foreign one run."""

from collections.abc import Iterator

import torch

from calc.model.graph import Graph, Node
from calc.ops.arithmetic import Arithmetic
from calc.ops.base.table import TableOp
from calc.ops.compare import Compare
from calc.ops.roi_align import RoiAlign
from verify.build import Inputs
from verify.masks import drawn_mask, masks_of

BATCH = 2


def samples(graph: Graph, seed: int = 0, *, masks_begin: bool = False) -> Inputs:
    """Return seeded inputs of ``graph`` for BATCH samples: normal numbers, valid token ids, boxes in the image, masks.

    The last sample ends in ids that the network compares its ids with, such as the id of padding. If the network
    computes ids from other ids, all inputs are 0 or 1, because larger ones may exceed its tables. Each row of a mask
    begins with ``masks_begin``, and ends with the opposite.
    """
    generator = torch.Generator().manual_seed(seed)
    tables = [node.op.num_embeddings for node in graph.layers if isinstance(node.op, TableOp)]
    tables = tables or list(_one_hot(graph))
    images = {node.inputs[1]: _image(graph, node) for node in graph.layers if isinstance(node.op, RoiAlign)}
    masks = masks_of(graph)
    found = []
    for index in graph.inputs.values():
        node = graph.nodes[index]
        sizes = (BATCH, *node.shape.sizes)
        if node.output.dtype == "int64":
            most = min(tables, default=1)
            ids = torch.randint(most, sizes, generator=generator)
            if _computes_ids(graph):
                ids[0] %= 2
                ids[-1] = 1 - ids[0]
            found.append(_padded(ids, [each for each in _compared(graph) if 0 <= each < most]))
        elif index in masks:
            found.append(drawn_mask(sizes, generator, begins=masks_begin))
        elif index in images:
            found.append(_boxes(sizes, images[index], generator))
        else:
            found.append(torch.randn(sizes, generator=generator))
    return tuple(found)


def _one_hot(graph: Graph) -> Iterator[int]:
    """Yield the number of values with which ids are compared at once, for example for a look-up by a product."""
    for node in graph.layers:
        read = [graph.nodes[index] for index in node.inputs]
        if isinstance(node.op, Compare) and len(read) > 1 and any(each.output.dtype == "int64" for each in read):
            yield min(each.shape.elements for each in read)


def _computes_ids(graph: Graph) -> bool:
    return any(isinstance(node.op, Arithmetic) and node.output.dtype == "int64" for node in graph.layers)


def _compared(graph: Graph) -> list[int]:
    """Return the integers with which ``graph`` compares something."""
    values = [node.op.value for node in graph.layers if isinstance(node.op, Compare)]
    return sorted({int(value) for value in values if value is not None and value.is_integer()})


def _padded(ids: torch.Tensor, values: list[int]) -> torch.Tensor:
    """Return ``ids`` with a quarter of the last sample replaced by ``values`` in turn."""
    if ids.dim() > 1 and values:
        length = ids.shape[-1] // 4
        ids[-1, ..., ids.shape[-1] - length :] = torch.tensor([values[at % len(values)] for at in range(length)])
    return ids


def _image(graph: Graph, node: Node) -> float:
    """Return the shorter side of the image in which the boxes of ``node`` are."""
    assert isinstance(node.op, RoiAlign)
    height, width = graph.nodes[node.inputs[0]].shape.sizes[-2:]
    return min(height, width) / node.op.spatial_scale


def _boxes(sizes: tuple[int, ...], image: float, generator: torch.Generator) -> torch.Tensor:
    """Return random boxes inside a square image. Their sides are from 1/32 of the side of the image to all of it."""
    places, widths = torch.rand(2, *sizes[:-1], 2, generator=generator)
    sides = image * 2.0 ** (-5 * widths)
    corners = places * (image - sides)
    return torch.cat([corners, corners + sides], -1)
