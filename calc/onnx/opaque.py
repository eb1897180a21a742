"""Makes layers that are not counted for nodes without an op in calc. The file must state the sizes of their outputs."""

from collections.abc import Sequence

from calc.errors import OpError
from calc.importing import Value
from calc.importing.draft import UNKNOWN
from calc.importing.value import BatchAxis
from calc.onnx.call import NodeCall
from calc.onnx.model import OnnxInput, Subgraph
from calc.onnx.stored import INTEGERS
from calc.onnx.values import Flow, HeldWeight, Thing

_MOST_REASON = 200


def opaque(call: NodeCall, reason: str = UNKNOWN) -> Sequence[Thing | None]:
    """Return the outputs of the node, each as a layer that is not counted.

    ``reason`` says why calc cannot count it.

    Raises OpError if the file does not state the sizes.
    """
    is_graph = any(isinstance(each, Subgraph) for each in call.node.attributes.values())
    things = [at for at, thing in enumerate(call.things) if isinstance(thing, (Flow, HeldWeight))]
    arriving = [call.flow(at) for at in things]
    if not arriving:
        raise OpError(f"{reason}, and it does not read anything that depends on the network's input")
    is_batched = any(flow.value.batch is not None for flow in arriving)
    made: list[Thing | None] = []
    for name in call.node.outputs:
        if not call.building.reads(name):
            made.append(None)
            continue
        told = call.building.model.told.get(name)
        if told is None:
            hint = "run onnx.shape_inference, which writes the sizes that it can infer into the file"
            raise OpError(f"{reason}, and the file does not state the sizes of {name[:60]}", hint)
        axis = _batch_axis(told, call.building.batch_sizes) if is_batched else None
        sample = tuple([size for at, size in enumerate(told.sizes) if at != axis and isinstance(size, int)])
        if (is_batched and axis is None) or len(sample) < len(told.sizes) - (axis is not None):
            shown = "×".join(map(str, told.sizes))[:200]
            raise OpError(
                f"{reason}, and the file states only the sizes {shown} of {name[:60]}", "export it with sizes"
            )
        index = call.layer(
            "opaque", [flow.value.node for flow in arriving],
            name=call.beside("opaque") if any(made) else call.name("opaque"),
            op=call.node.shown_op, shape=sample, tensors=None if is_graph else "none", reason=reason[:_MOST_REASON],
            dtype="int64" if told.type in INTEGERS else "float32",
        )  # fmt: skip
        sizes = sample if axis is None else (*sample[:axis], 1, *sample[axis:])
        batch = None if axis is None else BatchAxis(axis)
        made.append(Flow(Value(index, sizes, batch), is_bool=told.type == "bool"))
    return made


def _batch_axis(told: OnnxInput, batch_sizes: Sequence[int | str]) -> int | None:
    """Return the axis with the same name as the batch of an input. If the batch is a number, only axis 0 is tried."""
    for size in batch_sizes:
        if isinstance(size, str) and size in told.sizes:
            return told.sizes.index(size)
        if isinstance(size, int) and told.sizes[:1] == (size,):
            return 0
    return None
