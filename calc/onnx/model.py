"""The content of an ONNX file as frozen values: nodes in an order in which they can run, tensors, inputs."""

from typing import Any, NamedTuple

from calc.errors import Problem
from calc.frozen import FrozenDict
from calc.onnx.stored import FileTensor

MOST_SHOWN_NAME = 120


class OnnxNode(NamedTuple):
    """One node. The values of ``attributes`` are numbers, texts, tuples of them, FileTensors and Subgraphs.

    An input or output that is left out has an empty name. ``at`` is the number of the node in the file, which
    identifies it if it has no name. ``opset`` is the version of its domain. ``scope`` is the module that the node
    belongs to, if the exporter states it separately from the name.
    """

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: FrozenDict[str, Any]
    at: int
    opset: int
    scope: str | None = None

    @property
    def shown(self) -> str:
        """The name of the node in messages."""
        named = self.name or f"{self.at}, which makes {next(filter(None, self.outputs), 'nothing')}"
        return f"node {named[:MOST_SHOWN_NAME]}"

    @property
    def shown_op(self) -> str:
        """The name of its op, with the domain if it is not that of ONNX."""
        return f"{self.domain}.{self.op}"[:MOST_SHOWN_NAME] if self.domain else self.op[:MOST_SHOWN_NAME]

    def problem(self, path: str, fact: str, hint: Any = "") -> Problem:
        """Return a problem at this node."""
        return Problem(OnnxPlace(path), fact, hint, self.shown, self.shown_op)


class OnnxPlace(NamedTuple):
    """A place in a file without lines: the file and, if it is known, the node."""

    path: str
    node: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.node}" if self.node else self.path


class Subgraph(NamedTuple):
    """A branch of an If, or the body of a loop; it reads outer names directly."""

    nodes: tuple[OnnxNode, ...]
    tensors: FrozenDict[str, FileTensor]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class OnnxInput(NamedTuple):
    """An input of the file. A size is a number, or the file's word for it if the file leaves it open."""

    name: str
    type: str
    sizes: tuple[int | str, ...]


class OnnxModel(NamedTuple):
    """A file: its graph, in which local functions are expanded. ``producer`` says what wrote it.

    ``told`` has what the file says about the tensors that nodes compute, by name.
    """

    path: str
    graph: Subgraph
    inputs: tuple[OnnxInput, ...]
    opset: int
    producer: str
    told: FrozenDict[str, OnnxInput] = FrozenDict()
