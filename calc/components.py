"""The counts that conventions add up. They are integers for each layer and the whole batch."""

from math import prod
from typing import Literal, NamedTuple

from calc.counts import Counts
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.ops.base import Input, Operand, Parameter
from calc.shape import dim_from_end


class OfOperand(NamedTuple):
    """The ``macs`` or the ``elements`` of one operand of a layer."""

    operand: Operand
    what: Literal["macs", "elements"]

    def __str__(self) -> str:
        return f"{self.operand} {self.what}"


Component = str | OfOperand
Components = FrozenDict[Component, int]
"""Maps each component of a layer to its count."""

NAMES: dict[str, str] = {
    "macs": "MACs",
    "attention_macs": "MACs of products of two activations",
    "bias": "bias additions",
    "inputs": "inputs",
    "outputs": "outputs",
    "positions": "output positions",
    "weights_at_outputs": "weights at every output position",
    "params": "parameters",
    "calls": "calls",
    "softmax_vectors": "vectors",
}
"""The counts that every layer has, with their names in reports.

``inputs`` counts the elements of the first input. ``positions`` counts outputs without their channels, and
``weights_at_outputs`` is this number times the elements of ``weight``. ``params`` counts once for each sample, and
again in each layer that uses the tensors of another. ``softmax_vectors`` counts the vectors that the op ``softmax``
normalises. A layer also has the MACs of each weight and the elements of each parameter.
"""


def components(graph: Graph, counts: tuple[Counts, ...], batch: int) -> tuple[Components, ...]:
    """Return the components of each node of ``graph``. Inputs and layers that do not run have none."""
    return tuple(
        [
            FrozenDict() if not node.inputs or node.training_only else _of_layer(node, graph, row, batch)
            for node, row in zip(graph.nodes, counts, strict=True)
        ]
    )


def _of_layer(node: Node, graph: Graph, counts: Counts, batch: int) -> Components:
    first = graph.nodes[node.inputs[0]]
    times = node.runs(batch)
    positions = counts.output_elements // (node.shape.channels or 1)
    parameters = {name: prod(sizes) for name, sizes in node.op.parameters(graph.input_shapes(node)).items()}
    found: dict[Component, int] = {
        OfOperand(Parameter(name), "elements"): times * elements for name, elements in parameters.items()
    }
    found |= {OfOperand(product.weight, "macs"): product.macs for product in counts.products if product.weight}
    found.update(counts.elementwise.items())
    found |= {
        "macs": counts.macs,
        "attention_macs": sum([product.macs for product in counts.products if product.weight is None]),
        "bias": counts.elementwise.get("bias", 0),
        "inputs": first.shape.elements * first.runs(batch),
        "outputs": counts.output_elements,
        "positions": positions,
        "weights_at_outputs": positions * parameters.get("weight", 0),
        "params": times * sum(parameters.values()),
        "calls": node.copies,
    }
    if node.op.word == "softmax":
        length = node.shape.sizes[dim_from_end(node.op.values()["dim"], node.shape)]
        found["softmax_vectors"] = counts.output_elements // (length or 1)
    return FrozenDict(found)


def component(text: str) -> Component:
    """Return the component called ``text``, such as ``macs``, ``softmax`` or ``qkv.weight elements``."""
    name, _, what = text.rpartition(" ")
    if not name or what not in ("macs", "elements"):
        return text
    word, _, index = name.partition(" ")
    operand = Input(int(index)) if word == "input" and index.isdigit() else Parameter(name)
    return OfOperand(operand, "macs" if what == "macs" else "elements")
