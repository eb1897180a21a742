"""Converts the nodes of an ONNX file to a network. Each node becomes layers or known numbers."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from calc.errors import OpError, SpecError
from calc.importing.attempt import attempt
from calc.onnx.building import Building
from calc.onnx.call import NodeCall
from calc.onnx.constants import foldable, worked_out
from calc.onnx.lower import near, rule_of
from calc.onnx.model import OnnxNode, Subgraph
from calc.onnx.opaque import opaque
from calc.onnx.stored import INTEGERS, FileTensor
from calc.onnx.values import HeldWeight, KnownNumbers, Thing

SHAPES = ("Shape", "Size")
LOOKED_AT = 2**16
"""The largest number of elements for which an integer tensor counts as constants instead of weights."""


def run(building: Building, graph: Subgraph) -> None:
    """Convert all nodes of ``graph``. Problems are collected in ``building``."""
    for name, tensor in graph.tensors.items():
        building.things[name] = HeldWeight(tensor, tensor.sizes)
    for node in graph.nodes:
        made: Sequence[Thing | None] = ()
        try:
            made = _lowered(building, node)
        except OpError as error:
            building.problems.append(node.problem(building.model.path, error.fact, error.hint))
        except SpecError as error:
            building.problems += error.problems
        for at, name in enumerate(node.outputs):
            if name:
                building.things[name] = made[at] if at < len(made) else None


def _lowered(building: Building, node: OnnxNode) -> Sequence[Thing | None]:
    """Return the results of ``node``; none if an input could not be converted. Raises OpError and SpecError."""
    if node.outputs and node.outputs[0] in building.ready:
        return [building.ready.pop(node.outputs[0])]
    rule = rule_of(node)
    is_unknown = rule is None and (node.domain or not (foldable(node.op) or node.op in SHAPES or node.op == "If"))
    if is_unknown and not building.opaque:
        raise OpError(f"calc has no op for {node.shown_op}", near(node))
    things = [building.things[name] if name else None for name in node.inputs]
    if not things and node.op in (*SHAPES, "ConstantOfShape", "If") and not node.domain:
        raise OpError("it has no inputs")
    if any(name and thing is None for name, thing in zip(node.inputs, things, strict=True)):
        return ()
    if is_unknown:
        return opaque(NodeCall(building, node, tuple(things)))
    if node.op == "If" and not node.domain:
        graph = _branch(building, node, things)
        if graph is None:
            return opaque(NodeCall(building, node, tuple(things)), _by_values(node))
        run(building, graph)
        return [building.things.get(name) for name in graph.outputs]
    call = NodeCall(building, node, tuple(things))
    if node.op in SHAPES and not node.domain:
        return [_sizes(building, node, things[0])]
    if not node.domain and foldable(node.op):
        arrays = [None if thing is None else _numbers_of(building, thing) for thing in things]
        if all(thing is None or found is not None for thing, found in zip(things, arrays, strict=True)):
            folded = _folded(building, node, arrays)
            if folded is not None:
                return folded
    if rule is None and building.opaque:
        return opaque(call)
    if rule is None:
        raise OpError(f"calc has no op for {node.shown_op} of values that depend on the network's input", near(node))
    if not building.opaque:
        return rule(call)
    found = attempt(building.draft, building.by_layer, partial(rule, call))
    return opaque(call, found.why) if found.why else found.made


def _numbers_of(building: Building, thing: Thing) -> tuple[Any, ...] | None:
    """Return the constant numbers of ``thing`` for each batch size; None for activations and weights."""
    if isinstance(thing, KnownNumbers):
        return thing.at
    if isinstance(thing, HeldWeight) and thing.codes is None:
        small = thing.elements <= 1 and thing.stored.type != "string"
        counts = thing.stored.type in (*INTEGERS, "bool") and thing.elements <= LOOKED_AT
        if small or (counts and not (thing.stored.type in ("int8", "uint8") and thing.elements > 64)):
            numbers = thing.numbers()
            return (numbers,) * len(building.batches)
    return None


def _folded(building: Building, node: OnnxNode, arrays: Sequence[tuple[Any, ...] | None]) -> list[Thing] | None:
    """Return the results of ``node`` for constant inputs; None if the result stays a tensor of the file."""
    if node.op == "Constant":
        value = node.attributes.get("value")
        if isinstance(value, FileTensor):
            return [HeldWeight(value, value.sizes)]
    if node.op == "ConstantOfShape":
        filled = _filled(building, node, arrays[0])
        if filled is not None:
            return [filled]
    made = []
    for at in range(len(building.batches)):
        made.append(worked_out(node, [None if each is None else each[at] for each in arrays]))
        building.count(sum([each.size for each in made[-1]]))
    return [KnownNumbers(each) for each in zip(*made, strict=True)]


def _filled(building: Building, node: OnnxNode, sizes: tuple[Any, ...] | None) -> HeldWeight | None:
    """Return a tensor that is filled with one number and stored by reference.

    Its sizes must be stated in the file. Such files use these tensors in place of weights.
    """
    source = building.things[node.inputs[0]]
    value = node.attributes.get("value")
    if not isinstance(source, HeldWeight) or sizes is None or (value is not None and value.type != "float"):
        return None
    wanted = tuple(map(int, sizes[0].reshape(-1)))
    if any(size < 0 for size in wanted):
        raise OpError(f"a tensor cannot have the sizes {list(wanted)[:8]}")
    fill = 0.0 if value is None else float(value.numbers().reshape(-1)[0])
    return HeldWeight(FileTensor(node.outputs[0], wanted, "float", building.model.path, fill=fill), wanted)


def _sizes(building: Building, node: OnnxNode, thing: Thing | None) -> KnownNumbers:
    import numpy as np

    if thing is None:
        raise OpError("it has no inputs")
    if isinstance(thing, KnownNumbers):
        sizes = [each.shape for each in thing.at]
    elif isinstance(thing, HeldWeight):
        sizes = [thing.sizes] * len(building.batches)
    else:
        sizes = [thing.at(batch) for batch in building.batches]
    if node.op == "Size":
        return KnownNumbers(tuple([np.array(prod(each), dtype=np.int64) for each in sizes]))
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    return KnownNumbers(tuple([np.array(each[start:end], dtype=np.int64) for each in sizes]))


def _branch(building: Building, node: OnnxNode, things: Sequence[Thing | None]) -> Subgraph | None:
    """Return the branch of an If that a constant condition selects.

    The result is None if the condition depends on the input and the node may stay opaque. Raises OpError otherwise.
    """
    condition = things[0]
    numbers = None if condition is None else _numbers_of(building, condition)
    if numbers is None and building.opaque:
        return None
    if numbers is None:
        raise OpError(_by_values(node), "export the network with that input fixed, so that only one branch is left")
    chosen = {bool(each.reshape(-1)[0]) for each in numbers if each.size}
    if len(chosen) != 1:
        raise OpError("the branch that it runs depends on the batch size")
    graph = node.attributes.get("then_branch" if chosen.pop() else "else_branch")
    if not isinstance(graph, Subgraph):
        raise OpError("the branch that it selects is missing")
    return graph


def _by_values(node: OnnxNode) -> str:
    return f"the branch that it runs depends on the network's input: on {node.inputs[0][:60]}"
