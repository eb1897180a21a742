"""Small ONNX models for the tests, made by onnx.helper, and what is read of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from calc.onnx.load import OnnxImported, import_onnx

onnx = pytest.importorskip("onnx")
np = pytest.importorskip("numpy")

from onnx import helper, numpy_helper  # noqa: E402 (after it is known to be there)

FLOAT, INT64 = 1, 7


class Small(NamedTuple):
    """A model of ``nodes``: (op, inputs, outputs, attributes). ``inputs``: sizes by name, an axis that is a text is
    open; ``tensors``: sizes of random numbers by name, or the numbers.
    """

    nodes: Sequence[tuple[Any, ...]]
    inputs: Mapping[str, Sequence[Any]] = {"x": ("N", 3, 8, 8)}
    tensors: Mapping[str, Any] = {}
    outputs: Sequence[str] = ("y",)
    opset: int = 17
    types: Mapping[str, int] = {}
    domains: Sequence[str] = ()
    functions: Sequence[Any] = ()

    def proto(self) -> Any:
        """The model as onnx has it."""
        nodes = [node if not isinstance(node, tuple) else _made(node) for node in self.nodes]
        numbers = np.random.default_rng(0)
        tensors = []
        for name, given in self.tensors.items():
            array = given if isinstance(given, np.ndarray) else numbers.standard_normal(given).astype(np.float32)
            tensors.append(numpy_helper.from_array(array, name))
        inputs = [
            helper.make_tensor_value_info(name, self.types.get(name, FLOAT), list(sizes))
            for name, sizes in self.inputs.items()
        ]
        outputs = [helper.make_tensor_value_info(name, self.types.get(name, FLOAT), None) for name in self.outputs]
        graph = helper.make_graph(nodes, "small", inputs, outputs, tensors)
        imports = [helper.make_opsetid("", self.opset), *[helper.make_opsetid(domain, 1) for domain in self.domains]]
        return helper.make_model(graph, opset_imports=imports, functions=list(self.functions), producer_name="tests")


def made(op: str, inputs: str, outputs: str = "y", /, **attributes: Any) -> Any:
    """A node; its inputs and outputs are words, ``-`` for one that is left out."""
    names = [["" if name == "-" else name for name in text.split()] for text in (inputs, outputs)]
    return helper.make_node(op, *names, **attributes)


def _made(node: tuple[Any, ...]) -> Any:
    *words, last = node
    return made(*words, **last) if isinstance(last, dict) else made(*node)


def saved(model: Any, folder: Path, name: str = "net.onnx") -> str:
    """The path of ``model`` as a file."""
    path = folder / name
    path.write_bytes((model.proto() if isinstance(model, Small) else model).SerializeToString())
    return str(path)


def imported(model: Any, folder: Path, sizes: Any = None) -> OnnxImported:
    """What is imported of ``model``."""
    return import_onnx(saved(model, folder), sizes)


def layers(found: OnnxImported) -> list[str]:
    """The words of the layers, in order."""
    return [node.op.word for node in found.graph.layers]


def macs(found: OnnxImported) -> int:
    """The MACs of one sample."""
    graph = found.graph
    return sum(product.macs for node in graph.layers for product in node.op.macs(graph.input_shapes(node), node.shape))
