"""Attention as one op, which ONNX has from opset 23 on."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.onnx.broadcast import node_beside
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, Thing, sizes_text
from calc.onnx.weights import bits_of, needs_samples_first

CACHE = (4, 5, 6)
"""The inputs for the keys and values of earlier tokens and for the number of keys."""


def attention(call: NodeCall) -> list[Thing | None]:
    """Convert Attention of (batch, heads, tokens, features), whose heads may share keys and values."""
    q, k, v = call.flow(0), call.flow(1), call.flow(2)
    for each in (q, k, v):
        needs_samples_first(each)
        if each.rank != 4:
            raise OpError(
                f"calc reads attention only if the heads are an axis, but an input is {sizes_text(each.sizes)}"
            )
    if any(call.has(at) for at in CACHE) or any(map(call.building.reads, filter(None, call.node.outputs[1:]))):
        raise OpError("calc reads attention without a cache and without its scores", "export the network without them")
    if call.attribute("softcap", 0.0):
        raise OpError(f"softcap={call.attribute('softcap')}: calc has no attention with capped scores")
    if len({each.value.batch for each in (q, k, v)}) > 1:
        raise OpError("the batch is on different axes of its inputs, so it mixes samples")
    fields: dict[str, Any] = {"is_causal": True} if call.attribute("is_causal", 0) else {}
    if call.attribute("scale"):
        fields["scale"] = float(call.attribute("scale"))
    if q.sizes[1] != k.sizes[1]:
        fields["enable_gqa"] = True
    nodes = [call.channels_not_elsewhere(each, 3) for each in (q, k, v)]
    if call.has(3):
        nodes.append(_mask(call, q))
    index = call.layer("scaled_dot_product_attention", nodes, bits=bits_of(q, k), **fields)
    return [Flow(Value(index, (*q.sizes[:3], v.sizes[3]), q.value.batch))]


def _mask(call: NodeCall, q: Flow) -> int:
    mask = call.spread(call.thing(3))
    if mask.is_bool if isinstance(mask, Flow) else mask.numbers().dtype == bool:
        raise OpError("its mask has truth values, but calc reads a mask that is added", "add 0 or -inf in its place")
    return node_beside(call, mask, 4, q.value.batch)


RULES = {"Attention": attention}
