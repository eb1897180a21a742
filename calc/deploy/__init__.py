"""Builds the deployed network: passes drop layers, fold norms and fuse activations before anything is counted.

Each pass takes a graph and returns one with the same outputs in evaluation mode, up to rounding.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from calc.deploy.drop_inert import drop_inert
from calc.deploy.fold_norms import fold_norms
from calc.deploy.fuse_activations import fuse_activations
from calc.errors import number_of
from calc.model.graph import Graph, Node
from calc.ops.base.normalisation import Norm

__all__ = ["DEPLOYED", "Deployment", "Pass", "deploy", "deployment"]

Pass = Callable[[Graph], Graph]

DEPLOYED: tuple[Pass, ...] = (drop_inert, fold_norms, fuse_activations)
"""The passes of ``--deployed``, in order. Dropping a layer between a layer and its norm lets the norm be folded."""


class Deployment(NamedTuple):
    """The changes that the passes made to the layers of a network.

    ``folded`` are norms that became part of the layer before them. ``fused`` are layers whose output takes the place of
    their input. ``dropped`` are layers that do nothing or do not run.
    """

    folded: tuple[Node, ...]
    fused: tuple[Node, ...]
    dropped: tuple[Node, ...]

    def __str__(self) -> str:
        """Return ``52 norms folded, 35 activations fused, 1 dropout dropped``."""
        said = [("folded", self.folded), ("fused", self.fused), ("dropped", self.dropped)]
        return (
            ", ".join([f"{_counted(nodes)} {done}" for done, nodes in said if nodes]) or "nothing to fold, fuse or drop"
        )

    def to_json_dict(self) -> dict[str, list[str]]:
        """Return the names of the layers, by what was done to them."""
        return {done: [node.name for node in nodes] for done, nodes in self._asdict().items()}


def _counted(nodes: Sequence[Node]) -> str:
    kinds = Counter([_kind(node) for node in nodes])
    return " and ".join([number_of(count, kind) for kind, count in kinds.items()])


def _kind(node: Node) -> str:
    if node.training_only:
        return "training-only layer"
    if isinstance(node.op, Norm):
        return "norm"
    return "activation" if node.fused else "identity layer" if node.op.word == "identity" else node.op.word


def deploy(graph: Graph, passes: Sequence[Pass] = DEPLOYED) -> Graph:
    """Return ``graph`` after all ``passes``. Applying them again changes nothing."""
    for each in passes:
        graph = each(graph)
    return graph


def deployment(before: Graph, after: Graph) -> Deployment:
    """Return the changes to the layers of ``before``, from which ``deploy`` made ``after``."""
    left = {node.name for node in after.nodes}
    folded: list[Node] = []
    dropped: list[Node] = []
    for node in before.nodes:
        if node.name not in left:
            (folded if isinstance(node.op, Norm) and not node.training_only else dropped).append(node)
    return Deployment(tuple(folded), tuple([node for node in after.nodes if node.fused]), tuple(dropped))
