"""Normalisation layers."""

from math import prod
from typing import Any

from calc.errors import OpError
from calc.onnx.call import NodeCall
from calc.onnx.lower.activations import number_of
from calc.onnx.neutral import changes_nothing
from calc.onnx.values import Flow, HeldWeight, Thing, sizes_text
from calc.onnx.weights import needs_samples_first

RUNNING = ("weight", "bias", "running_mean", "running_var")


def batch_norm(call: NodeCall) -> list[Thing | None]:
    """Convert BatchNormalization in inference mode, with the statistics that the file stores."""
    x = call.flow()
    if call.attribute("training_mode", 0) or call.attribute("spatial", 1) == 0:
        raise OpError("calc reads a batch norm only in inference mode and with spatial=1")
    needs_samples_first(x)
    tensors = [call.thing(at) for at in range(1, 5)]
    channels = x.sizes[1] if x.rank > 1 else 0
    for name, tensor in zip(RUNNING, tensors, strict=True):
        if isinstance(tensor, Flow) or tensor.elements != channels:
            held = "an activation" if isinstance(tensor, Flow) else sizes_text(tensor.sizes)
            raise OpError(f"its {name} is {held}, but there are {channels} channels")
    index = call.layer(
        "batch_norm", (call.channels_at(x, 1),), name=_name(call, "batch_norm", 1), eps=number_of(call, "epsilon", 1e-5)
    )
    for name, tensor in zip(RUNNING, tensors, strict=True):
        assert not isinstance(tensor, Flow)
        call.holds(index, name, tensor)
    return call.same(x, index)


def _name(call: NodeCall, word: str, at: int) -> str:
    tensor = call.held(at)
    return call.name(word, tensor.stored.name if tensor else "")


def instance_norm(call: NodeCall) -> list[Thing | None]:
    """Convert InstanceNormalization. A scale and a shift that change nothing count as no parameters."""
    x = call.flow()
    needs_samples_first(x)
    scale, shift = tensors = _fixed(call, 2)
    affine = not changes_nothing(scale.stored, shift.stored)
    name = _name(call, "instance_norm", 1) if affine else call.name("instance_norm")
    eps = number_of(call, "epsilon", 1e-5)
    index = call.layer("instance_norm", (call.channels_at(x, 1),), name=name, affine=affine, eps=eps)
    for each, tensor in zip(("weight", "bias"), tensors, strict=True):
        if affine:
            call.holds(index, each, tensor)
    return call.same(x, index)


def _fixed(call: NodeCall, count: int) -> list[HeldWeight]:
    found = [call.held(at) for at in range(1, count + 1)]
    if None in found:
        raise OpError("its scale and shift must be tensors of the file")
    return [tensor for tensor in found if tensor is not None]


def layer_norm(call: NodeCall) -> list[Thing | None]:
    """Convert LayerNormalization and RMSNormalization over the axes from ``axis`` on."""
    x = call.flow()
    is_rms = call.node.op == "RMSNormalization"
    axis = x.place(call.attribute("axis", -1))
    if x.batch is not None and x.batch >= axis:
        raise OpError("it normalises over the batch")
    if len([name for name in call.node.outputs[1:] if name and call.building.reads(name)]):
        raise OpError("its further outputs, mean and deviation, are read, but calc's norms do not return them")
    axes = x.rank - axis
    scale, shift = call.held(1), call.held(2) if call.has(2) else None
    wanted = prod(x.sizes[axis:])
    if scale is None or scale.elements != wanted or (call.has(2) and (shift is None or shift.elements != wanted)):
        raise OpError(f"its scale and shift must be tensors of the file with {wanted:,} numbers")
    word = "rms_norm" if is_rms else "layer_norm"
    fields: dict[str, Any] = {"eps": number_of(call, "epsilon", 1e-5)} | (
        {} if shift is not None or is_rms else {"bias": False}
    )
    node = call.channels_not_elsewhere(x, -1) if axes == 1 else x.node
    index = call.layer(word, (node,), name=_name(call, word, 1), normalized_axes=axes, **fields)
    call.holds(index, "weight", scale.reshaped(x.sizes[axis:]))
    if shift is not None:
        call.holds(index, "bias", shift.reshaped(x.sizes[axis:]))
    return call.same(x, index)


def group_norm(call: NodeCall) -> list[Thing | None]:
    """Convert GroupNormalization with a scale for each channel, as opset 21 and later have it."""
    x = call.flow()
    needs_samples_first(x)
    scale, shift = _fixed(call, 2)
    groups = call.attribute("num_groups", 1)
    affine = not changes_nothing(scale.stored, shift.stored)
    if affine and scale.elements != x.sizes[1]:
        fact = f"its scale has {scale.elements} numbers, but there are {x.sizes[1]} channels"
        raise OpError(fact, "convert the file to opset 21, which has one number for each channel")
    name = _name(call, "group_norm", 1) if affine else call.name("group_norm")
    fields: dict[str, Any] = {"num_groups": groups, "eps": number_of(call, "epsilon", 1e-5), "affine": affine}
    index = call.layer("group_norm", (call.channels_at(x, 1),), name=name, **fields)
    if affine:
        call.holds(index, "weight", scale)
        call.holds(index, "bias", shift)
    return call.same(x, index)


def local_response_norm(call: NodeCall) -> list[Thing | None]:
    """Convert LRN, the local response normalisation."""
    x = call.flow()
    needs_samples_first(x)
    fields = {
        "size": call.attribute("size", 1), "alpha": number_of(call, "alpha", 1e-4),
        "beta": number_of(call, "beta", 0.75), "k": number_of(call, "bias", 1.0),
    }  # fmt: skip
    return call.same(x, call.layer("local_response_norm", (call.channels_at(x, 1),), **fields))


def unit_length(call: NodeCall) -> list[Thing | None]:
    """Convert LpNormalization, which divides each vector along an axis by its norm."""
    x = call.flow()
    dim, power = x.dim(call.attribute("axis", -1)), call.attribute("p", 2)
    first: tuple[str, dict[str, Any]] = ("abs", {}) if power == 1 else ("power", {"value": 2.0})
    each = call.layer(first[0], (x.node,), name=call.beside(first[0]), **first[1])
    length = call.layer("reduce", (each,), name=call.beside("reduce"), function="sum", dim=dim, keepdim=True)
    if power != 1:
        length = call.layer("sqrt", (length,), name=call.beside("sqrt"))
    return call.same(x, call.layer("divide", (x.node, length)))


def over_maps(call: NodeCall) -> list[Thing | None]:
    """Convert MeanVarianceNormalization over the spatial axes of each channel."""
    x = call.flow()
    axes = tuple(sorted([x.place(axis) for axis in call.attribute("axes", (0, 2, 3))]))
    if axes != tuple(range(2, x.rank)):
        raise OpError(f"axes={list(axes)}, but calc counts it only over the spatial axes of each channel")
    return call.same(x, call.layer("instance_norm", (call.channels_at(x, 1),), eps=1e-9))


RULES = {
    "BatchNormalization": batch_norm, "InstanceNormalization": instance_norm, "LayerNormalization": layer_norm,
    "RMSNormalization": layer_norm, "GroupNormalization": group_norm, "LRN": local_response_norm,
    "LpNormalization": unit_length, "MeanVarianceNormalization": over_maps,
}  # fmt: skip
