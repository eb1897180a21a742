"""Computes facts about weights that several rules need: their bits, and whether another layer has the same ones."""

from calc.errors import OpError
from calc.formats.plain import plain_codes
from calc.model.graph import Bits
from calc.onnx.call import NodeCall
from calc.onnx.stored import BITS
from calc.onnx.values import Fixed, Flow, HeldWeight

FLOAT_BITS = 32


def bits_of(x: Flow, weight: HeldWeight | Flow) -> Bits | None:
    """Return the bits of a product of an activation and a weight or another activation; None if nothing is rounded."""
    codes = weight.codes if isinstance(weight, HeldWeight) else None
    if codes is None and x.bits is None and (isinstance(weight, HeldWeight) or weight.bits is None):
        return None
    activation = FLOAT_BITS if x.bits is None else x.bits
    if codes is not None:
        return Bits(codes.code_bits, activation, None if codes == plain_codes(codes.code_bits) else codes)
    if isinstance(weight, Flow):
        other = FLOAT_BITS if weight.bits is None else weight.bits
        return Bits(other, activation if weight.batch is None else max(activation, other))
    return Bits(BITS.get(weight.stored.type, FLOAT_BITS), activation)


def tied(call: NodeCall, word: str, tensors: tuple[Fixed | None, ...]) -> int | None:
    """Return the earlier layer of the same op with the same ``tensors``, or None if this is the first one.

    Layers with the same matrix and different biases are not tied, because exporters store equal tensors only once.
    """
    weight = tensors[0]
    if not isinstance(weight, HeldWeight) or len(weight.sizes) < 2:
        return None
    key = (word, *[_identity(tensor) for tensor in tensors])
    first = call.building.holders.setdefault(key, next_index(call))
    return None if first == next_index(call) else first


def next_index(call: NodeCall) -> int:
    """Return the index that the next layer will have."""
    return call.draft.next_index


def _identity(tensor: Fixed | None) -> tuple[object, ...] | None:
    if isinstance(tensor, HeldWeight):
        return (tensor.stored.name, tensor.steps)
    return None if tensor is None else (tensor.array().tobytes(),)


def needs_samples_first(x: Flow) -> None:
    """Raise OpError unless the batch is on the first axis."""
    if x.batch not in (0, None):
        raise OpError(f"the batch is on axis {x.batch} of its input, but must be on axis 0")
