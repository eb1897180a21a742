"""Ops that pass their input on: Identity, Dropout and Cast."""

from calc.errors import OpError
from calc.names import pattern_of
from calc.onnx.call import NodeCall
from calc.onnx.constants import type_number
from calc.onnx.values import Flow, HeldWeight, Thing


def identity(call: NodeCall) -> list[Thing | None]:
    """Convert Identity, which only gives its input another name."""
    thing = call.thing(0)
    if isinstance(thing, HeldWeight) and thing.is_float and not thing.steps:
        own, other = thing.stored.name, call.node.outputs[0]
        if len(thing.sizes) < 2 or pattern_of(own) == pattern_of(other):
            return [thing._replace(stored=thing.stored._replace(name=other))]
    return [thing]


def dropout(call: NodeCall) -> list[Thing | None]:
    """Convert Dropout, which does nothing in inference. Its second output is not supported."""
    thing = call.thing(0)
    if not isinstance(thing, Flow):
        return [thing]
    ratio = call.number(1) if call.has(1) else call.attribute("ratio", 0.5)
    return call.same(thing, call.layer("dropout", (thing.node,), p=0.5 if ratio is None else ratio))


def cast(call: NodeCall) -> list[Thing | None]:
    """Convert Cast to another type. Floats must stay floats, and integers must stay integers."""
    thing = call.thing(0)
    if not isinstance(thing, Flow):
        return [thing]
    kind = type_number(call.attribute("to", 1)).kind if call.node.op == "Cast" else "f"
    is_ids = call.draft.dtype(thing.node) == "int64"
    if is_ids and kind not in "iu":
        raise OpError(
            "it converts token ids to floats, and calc has no op for that", "only an embedding reads token ids"
        )
    if not is_ids and kind in "iu" and not thing.is_bool:
        raise OpError("it converts floats to integers, and calc has no op for that")
    return [thing._replace(is_bool=kind == "b" or (thing.is_bool and kind in "iu"))]


RULES = {"Identity": identity, "Dropout": dropout, "Cast": cast, "CastLike": cast}
