"""Finds weights that the outputs of a file depend on and that no layer has. A complete import leaves none out."""

from collections.abc import Iterable, Iterator, Mapping

from calc.onnx.model import OnnxModel, OnnxNode
from calc.onnx.neutral import changes_nothing
from calc.onnx.stored import FLOATS, FileTensor
from calc.onnx.values import Fixed, HeldWeight

SETTINGS = {
    "BipolarQuant": (1,), "DequantizeLinear": (1, 2), "GRU": (5,), "LSTM": (5, 6), "OneHot": (2,),
    "QLinearConv": (1, 4, 6), "QLinearMatMul": (1, 4, 6), "Quant": (1, 2, 3), "QuantizeLinear": (1, 2), "RNN": (5,),
    "Reshape": (1,), "Resize": (1, 2), "Upsample": (1,),
}  # fmt: skip
"""The inputs of each op that configure it. They become fields or formats, or are an initial state of zeros."""


FILLED = ("GroupNormalization", "InstanceNormalization")
"""Norms that need a scale and a shift in ONNX, so that an exporter fills them in."""


def left_out(
    model: OnnxModel, held: Iterable[Fixed], parts: Mapping[str, HeldWeight] | None = None
) -> list[tuple[FileTensor, int]]:
    """Return the float tensors that the outputs of ``model`` need and ``held`` lacks, with the number of missing
    elements.

    ``parts`` are the tensors by name that a node of the file takes out of a larger one, such as the rows of a mask for
    the tokens of the input. The outputs depend on no more of the larger one.

    Single numbers are not listed. Tensors that only branches read are not listed either, because not every branch runs.
    """
    parts = parts or {}
    found = _elements(held)
    stored, seen = _read(model, parts)
    taken = _elements(each for name, each in parts.items() if name in seen)
    needs = {
        name: each.elements if name in seen else min(each.elements, taken.get(name, 0))
        for name, each in stored.items()
        if each.type in FLOATS and each.elements > 1
    }
    return [(stored[name], missing) for name, need in needs.items() if (missing := need - found.get(name, 0)) > 0]


def _elements(held: Iterable[Fixed]) -> dict[str, int]:
    """Return the number of elements of each tensor of the file in ``held``. A part that occurs twice counts once."""
    found: dict[str, int] = {}
    for name, _, elements in {(name, steps, elements) for each in held for name, steps, elements in _parts(each)}:
        found[name] = found.get(name, 0) + elements
    return found


def _parts(held: Fixed) -> Iterator[tuple[str, object, int]]:
    """Yield the tensors of the file in ``held``, each with the part that is used and its number of elements."""
    if not isinstance(held, HeldWeight):
        return
    if held.stored.joined is not None:
        for each in held.stored.joined[1]:
            yield from _parts(each)
        return
    taken = tuple([step for step in held.steps if step[0] == "part"])
    yield held.stored.name, taken, held.elements


def _read(model: OnnxModel, parts: Mapping[str, HeldWeight]) -> tuple[dict[str, FileTensor], set[str]]:
    """Return all tensors of the file, and the names that the outputs need. Only ``parts`` are followed no further."""
    makers = {name: node for node in model.graph.nodes for name in node.outputs}
    stored = {**model.graph.tensors, **_constants(model)}
    left, seen = list(model.graph.outputs), set[str]()
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += _needed(makers[name], stored) if name in makers and name not in parts else []
    return stored, seen


def _needed(node: OnnxNode, stored: Mapping[str, FileTensor]) -> list[str]:
    settings: tuple[int, ...] = SETTINGS.get(node.op, ())
    if node.op in FILLED:
        scale, shift = (stored.get(name) for name in (*node.inputs, "", "")[1:3])
        settings = (1, 2) if scale and shift and changes_nothing(scale, shift) else ()
    return [name for at, name in enumerate(node.inputs) if at not in settings]


def _constants(model: OnnxModel) -> dict[str, FileTensor]:
    nodes = [node for node in model.graph.nodes if node.op == "Constant" and not node.domain]
    found = {node.outputs[0]: node.attributes.get("value") for node in nodes if node.outputs}
    return {name: each for name, each in found.items() if isinstance(each, FileTensor)}
