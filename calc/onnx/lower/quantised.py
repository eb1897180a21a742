"""Quantisation nodes.

They do not become layers. They determine the bits of the activations and of the weights of the layers.
"""

from math import ceil
from typing import Any

from calc.errors import OpError
from calc.onnx.call import NodeCall
from calc.onnx.lower import convolutions, products
from calc.onnx.rounded import Dequantised, Rounded, code_bits, format_of, one_scale, plain_format_of, type_of
from calc.onnx.values import Fixed, Flow, HeldWeight, KnownNumbers, Thing

Things = list[Thing | None]


def quantise(call: NodeCall) -> Things:
    """Convert QuantizeLinear.

    An activation has the bits of its codes from here on, and a tensor of the file is stored as codes.
    """
    thing = call.thing(0)
    codes = type_of(_fixed(call, 2), _named_type(call.attribute("output_dtype", 0), "uint8"))
    if isinstance(thing, Flow):
        return [thing._replace(bits=code_bits(codes))]
    if isinstance(thing, KnownNumbers):
        raise OpError("it rounds computed constants, which calc does not read")
    scale, zero = _scale(call), _fixed(call, 2)
    axis, block = call.attribute("axis", 1), call.attribute("block_size", 0)
    found = format_of(codes, thing.sizes, scale, zero, axis % max(len(thing.sizes), 1), block)
    if scale.elements != 1:
        return [thing._replace(codes=found)]
    low, high = _range(code_bits(codes), not codes.startswith("u"))
    rounds = Rounded(one_scale(scale), 0 if zero is None else zero.array().astype("float32"), low, high)
    return [thing._replace(codes=found, steps=(*thing.steps, ("dequantise", rounds)))]


def dequantise(call: NodeCall) -> Things:
    """Convert DequantizeLinear. Codes of the file become a weight in their format, and an activation is unchanged."""
    thing = call.thing(0)
    scale, zero = _scale(call), _fixed(call, 2)
    if isinstance(thing, Flow):
        codes = type_of(zero, "")
        return [thing if thing.bits is not None or not codes else thing._replace(bits=code_bits(codes))]
    if isinstance(thing, HeldWeight) and thing.codes is not None:
        return [thing]  # the file itself rounded this tensor
    if not isinstance(thing, HeldWeight):
        raise OpError("it dequantises computed constants, which calc does not read")
    axis = call.attribute("axis", 1) % max(len(thing.sizes), 1)
    block = call.attribute("block_size", 0)
    found = format_of(thing.stored.type, thing.sizes, scale, zero, axis, block)
    back = Dequantised(scale, zero, axis, block)
    return [thing._replace(codes=found, steps=(*thing.steps, ("dequantise", back)))]


def of_integers(call: NodeCall) -> Things:
    """Convert QLinearConv and QLinearMatMul to the float layer, with operands read as codes and a rounded output."""
    op = "Conv" if call.node.op == "QLinearConv" else "MatMul"
    x = call.flow()._replace(bits=code_bits(type_of(_fixed(call, 2), "uint8")))
    weight = _weight(call, 3, _fixed(call, 4), _fixed(call, 5))
    things: list[Thing | None] = [x, weight]
    if op == "Conv" and call.has(8):
        things.append(_bias(call, 8, _fixed(call, 1), _fixed(call, 4)))
    (made,) = _as(call, op, things)
    assert isinstance(made, Flow)
    return [made._replace(bits=code_bits(type_of(_fixed(call, 7), "uint8")))]


def of_integers_alone(call: NodeCall) -> Things:
    """Convert ConvInteger and MatMulInteger, whose scales are multiplied by later nodes."""
    op = "Conv" if call.node.op == "ConvInteger" else "MatMul"
    x = call.flow()
    if x.bits is None:
        x = x._replace(bits=code_bits(type_of(_fixed(call, 2), "uint8")))
    one = KnownNumbers((_one(),) * len(call.building.batches))
    return _as(call, op, [x, _weight(call, 1, one, _fixed(call, 3))])


def dynamic(call: NodeCall) -> Things:
    """Convert DynamicQuantizeLinear, with 8 bits. Its scale depends on the activations and is taken as 1."""
    flow = call.flow()._replace(bits=8)
    batches = len(call.building.batches)
    zero = KnownNumbers((_one().astype("uint8") * 0,) * batches)
    call.building.remarks.setdefault(
        "Scales that are computed from activations are left out, because they are not layers."
    )
    return [flow, KnownNumbers((_one(),) * batches), zero]


def quant(call: NodeCall) -> Things:
    """Convert Quant of QONNX: the given number of bits, for any scale."""
    widths = call.numbers(3)
    if widths is None or not widths.size:
        raise OpError("its bitwidth is missing")
    bits = ceil(float(widths.max()))
    return [_narrowed(call, bits, _range(bits, bool(call.attribute("signed", 1)), bool(call.attribute("narrow", 0))))]


def bipolar(call: NodeCall) -> Things:
    """Convert BipolarQuant of QONNX: the values −1 and 1 in one bit."""
    return [_narrowed(call, 1, None)]


def truncated(call: NodeCall) -> Things:
    """Convert Trunc of QONNX to the number of bits after truncation."""
    at = 5 if len(call.things) > 5 else 4
    widths = call.numbers(at)
    if widths is None or not widths.size:
        raise OpError("the bitwidth of its output is missing")
    return [_narrowed(call, ceil(float(widths.max())), None)]


def _narrowed(call: NodeCall, bits: int, limits: tuple[int, int] | None) -> Thing:
    thing, found = call.thing(0), plain_format_of(bits)
    if isinstance(thing, Flow):
        return thing._replace(bits=bits)
    if isinstance(thing, KnownNumbers):
        raise OpError("it rounds computed constants, which calc does not read")
    if limits is None:
        return thing._replace(codes=found)
    scale, zero = call.numbers(1), call.numbers(2)
    rounds = Rounded(scale, 0 if zero is None else zero, *limits)
    return thing._replace(codes=found, steps=(*thing.steps, ("dequantise", rounds)))


def _range(bits: int, signed: bool, narrow: bool = False) -> tuple[int, int]:
    """Return the smallest and the largest code."""
    if signed:
        return -(2 ** (bits - 1)) + narrow, 2 ** (bits - 1) - 1
    return 0, 2**bits - 1 - narrow


def _as(call: NodeCall, op: str, things: list[Thing | None]) -> Things:
    """Return the result of the float op ``op`` for ``things``."""
    rule = (convolutions if op == "Conv" else products).RULES[op]
    return list(rule(NodeCall(call.building, call.node._replace(op=op), tuple(things))))


def _weight(call: NodeCall, at: int, scale: Fixed | None, zero: Fixed | None) -> Thing:
    thing = call.thing(at)
    if not isinstance(thing, HeldWeight) or scale is None:
        return thing
    axis = 0 if "Conv" in call.node.op else len(thing.sizes) - 1
    found = format_of(thing.stored.type, thing.sizes, scale, zero, axis, 0)
    return thing._replace(codes=found, steps=(*thing.steps, ("dequantise", Dequantised(scale, zero, axis, 0))))


def _bias(call: NodeCall, at: int, *scales: Fixed | None) -> Thing:
    """Return an integer bias, whose scale is the product of the scales of input and weight."""
    thing = call.thing(at)
    if not isinstance(thing, HeldWeight) or None in scales:
        return thing
    scale: Any = 1
    for each in scales:
        assert each is not None
        scale = scale * each.array()
    back = Dequantised(KnownNumbers((scale,)), None, 0, 0)
    return thing._replace(
        codes=format_of("int32", thing.sizes, KnownNumbers((scale,)), None, 0, 0),
        steps=(*thing.steps, ("dequantise", back)),
    )


def _scale(call: NodeCall) -> Fixed:
    found = _fixed(call, 1)
    if found is None:
        raise OpError("its scale depends on the network's input")
    return found


def _fixed(call: NodeCall, at: int) -> Fixed | None:
    return call.fixed(at) if call.has(at) else None


def _named_type(number: int, default: str) -> str:
    import onnx

    kinds = onnx.TensorProto.DataType
    return kinds.Name(number).lower() if number and number in kinds.values() else default


def _one() -> Any:
    import numpy as np

    return np.array(1, dtype=np.float32)


RULES = {
    "QuantizeLinear": quantise,
    "DequantizeLinear": dequantise,
    "QLinearConv": of_integers,
    "QLinearMatMul": of_integers,
    "ConvInteger": of_integers_alone,
    "MatMulInteger": of_integers_alone,
    "DynamicQuantizeLinear": dynamic,
    "Quant": quant,
    "BipolarQuant": bipolar,
    "Trunc": truncated,
}
