"""Inputs on which an imported network and the foreign one are run."""

import torch

from calc.model.graph import Graph
from calc.ops.base.table import TableOp
from verify.build import Inputs

BATCH = 2


def samples(graph: Graph, seed: int = 0) -> Inputs:
    """Seeded inputs of ``graph`` for BATCH samples: normal, or token ids that every embedding has."""
    generator = torch.Generator().manual_seed(seed)
    tables = [node.op.num_embeddings for node in graph.layers if isinstance(node.op, TableOp)]
    found = []
    for index in graph.inputs.values():
        node = graph.nodes[index]
        sizes = (BATCH, *node.shape.sizes)
        if node.output.dtype == "int64":
            found.append(torch.randint(min(tables, default=1), sizes, generator=generator))
        else:
            found.append(torch.randn(sizes, generator=generator))
    return tuple(found)
