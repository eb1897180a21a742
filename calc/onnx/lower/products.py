"""Matrix products.

A product with a matrix of the file is a linear layer, and a product of two computed tensors is a matmul.
"""

from math import prod
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.onnx.broadcast import Broadcast, broadcast_sizes, node_beside, settled
from calc.onnx.call import NodeCall, as_float
from calc.onnx.lower.activations import number_of
from calc.onnx.values import Flow, HeldWeight, Thing, sizes_text
from calc.onnx.weights import bits_of, tied


def matmul(call: NodeCall) -> list[Thing | None]:
    """Convert MatMul."""
    left, right = call.thing(0), call.thing(1)
    if isinstance(left, Flow) and isinstance(right, HeldWeight):
        matrix = as_matrix(right)
        if matrix is not None and _is_over_features(left):
            return linear(call, left, matrix.transposed((1, 0)), None)
    return [of_two(call, left, right)]


def as_matrix(tensor: HeldWeight) -> HeldWeight | None:
    """Return ``tensor`` as a matrix. Further axes in front must have size 1; otherwise the result is None."""
    sizes = tensor.sizes
    if len(sizes) < 2 or prod(sizes[:-2]) != 1:
        return None
    return tensor.reshaped(sizes[-2:])


def _is_over_features(x: Flow) -> bool:
    """Return whether the last axis belongs to each sample, so that it is not the batch."""
    return (x.rank > 1 and not x.is_batch(-1)) or (x.rank == 1 and x.batch is None)


def linear(call: NodeCall, x: Flow, weight: HeldWeight, bias: HeldWeight | None) -> list[Thing | None]:
    """Return a linear layer with ``weight`` (out, in) and ``bias``.

    If ``bias`` is None and only an Add reads the product, the vector that it adds becomes the bias.
    """
    if x.sizes[-1] != weight.sizes[1]:
        raise OpError(f"{sizes_text(x.sizes)} cannot be multiplied by a matrix of {weight.sizes[1]}×{weight.sizes[0]}")
    add = None
    if bias is None:
        add, bias = _bias_after(call, weight.sizes[0])
    given = bias if bias is not None and weight.stored.name.startswith(("onnx::", "val_")) else weight
    bits = bits_of(x, weight)
    node = call.channels_at(x, -1)
    index = call.layer(
        "linear", (node,), name=call.name("linear", given.stored.name), bits=bits,
        shares=tied(call, "linear", (weight, bias)), out_features=weight.sizes[0], bias=bias is not None,
    )  # fmt: skip
    call.holds(index, "weight", weight)
    if bias is not None:
        call.holds(index, "bias", bias)
    made = call.same(x, index)
    if add is not None:
        call.building.ready[add] = made[0]
    return made


def _bias_after(call: NodeCall, features: int) -> tuple[str | None, HeldWeight | None]:
    """Return the output of an Add after the product and the vector it adds, if nothing else reads the product."""
    reader = call.building.only_reader(call.node.outputs[0])
    if reader is None or reader.op != "Add" or reader.domain or len(reader.inputs) != 2:
        return None, None
    other = next((name for name in reader.inputs if name != call.node.outputs[0]), None)
    thing = call.building.things.get(other or "")
    if not isinstance(thing, HeldWeight) or not thing.is_float or thing.elements != features or features == 1:
        return None, None
    return (reader.outputs[0], thing.reshaped((features,))) if thing.sizes[-1] == features else (None, None)


def of_two(call: NodeCall, left: Thing, right: Thing) -> Flow:
    """Return the product of two tensors, either of which may be stored in the file."""
    things = (left, right)
    ranks = [len(thing.sizes) for thing in things]
    if min(ranks) < 2:
        raise OpError(f"calc does not read a product of {' and '.join([sizes_text(thing.sizes) for thing in things])}")
    rank = max(ranks)
    found = (
        *broadcast_sizes([thing.sizes[:-2] or (1,) for thing in things])[-(rank - 2) or rank :],
        left.sizes[-2], right.sizes[-1],
    )  # fmt: skip
    if left.sizes[-1] != right.sizes[-2]:
        raise OpError(
            f"{sizes_text(left.sizes)} times {sizes_text(right.sizes)}: {left.sizes[-1]} against {right.sizes[-2]}"
        )
    batches = {
        thing.value.batch._replace(axis=rank - thing.rank + thing.value.batch.axis)
        for thing in things
        if isinstance(thing, Flow) and thing.value.batch is not None
    }
    if len(batches) > 1:
        raise OpError("the batch is on different axes of its two operands, so it mixes samples")
    batch = batches.pop() if batches else None
    if batch is not None and batch.axis >= rank - 2:
        return _of_rows(call, left, right, found, batch)
    nodes = [node_beside(call, thing, rank, batch) for thing in things]
    nodes = [_with_two_axes(call, node) for node in nodes]
    flows = [
        thing if isinstance(thing, Flow) else Flow(Value(node, thing.sizes, None))
        for thing, node in zip(things, nodes, strict=True)
    ]
    bits = bits_of(flows[0], flows[1])
    if isinstance(right, HeldWeight) and right.codes is not None:
        bits = bits_of(flows[0], right)
    index = call.layer("matmul", nodes, bits=bits)
    return settled(call, index, Broadcast(tuple(nodes), found, batch))


def _with_two_axes(call: NodeCall, node: int) -> int:
    """Return ``node`` with leading axes of size 1, so that it has at least the two axes that a product needs."""
    own = call.draft.sizes(node)
    return node if len(own) >= 2 else call.draft.regroup(call.prefix, node, (*(1,) * (2 - len(own)), *own))


def _of_rows(call: NodeCall, left: Thing, right: Thing, found: tuple[int, ...], batch: BatchAxis) -> Flow:
    """Return a product in which each sample is a row of the first operand. The second operand is the same for all."""
    if not isinstance(left, Flow) or not left.is_batch(-2) or (isinstance(right, Flow) and right.batch is not None):
        raise OpError("its product mixes samples")
    if len(found) != 2 or batch.folded != 1:
        raise OpError("its samples are rows of a product with more than two axes, which calc does not read")
    row = call.draft.regroup(call.prefix, left.node, (1, left.sizes[-1]))
    index = call.layer("matmul", (row, call.flow(1).node))
    return Flow(Value(call.draft.regroup(call.prefix, index, (found[-1],)), found, batch))


def gemm(call: NodeCall) -> list[Thing | None]:
    """Convert Gemm: alpha · A B + beta · C. Both A and B may be transposed."""
    x, right = call.thing(0), call.thing(1)
    alpha, beta = number_of(call, "alpha", 1.0), number_of(call, "beta", 1.0)
    addend = call.thing(2) if call.has(2) else None
    if not isinstance(x, Flow) or not isinstance(right, HeldWeight) or len(right.sizes) != 2:
        raise OpError(
            "calc reads a Gemm only if it multiplies an activation by a matrix of the file", "use a MatMul and an Add"
        )
    if call.attribute("transA", 0):
        if x.rank != 2:
            raise OpError(f"it transposes {sizes_text(x.sizes)}, but calc reads transA only for two axes")
        x = _transposed(call, x)
    if not _is_over_features(x):
        raise OpError("it sums over the batch")
    weight = (right if call.attribute("transB", 0) else right.transposed((1, 0))).multiplied(alpha)
    features = weight.sizes[0]
    if addend is None:
        (made,) = linear(call, x, weight, None)
        return [made]
    if isinstance(addend, HeldWeight) and addend.elements == features and addend.sizes[-1] == features:
        return linear(call, x, weight, addend.reshaped((features,)).multiplied(beta))
    if isinstance(addend, HeldWeight) and addend.elements == 1:
        call.building.ready.pop(call.node.outputs[0], None)
        (made,) = linear(call, x, weight, None)
        assert isinstance(made, Flow)
        value = as_float(addend.numbers().reshape(-1)[0]) * beta
        return call.same(made, call.layer("add", (made.node,), name=call.beside("add"), value=value))
    raise OpError(f"it adds a tensor of {sizes_text(addend.sizes)} to {features} outputs")


def _transposed(call: NodeCall, x: Flow) -> Flow:
    sizes = (x.sizes[1], x.sizes[0])
    if x.value.batch is None:
        index = call.layer("permute", (x.node,), name=call.beside("permute"), dims=(0, 2, 1))
        return Flow(Value(index, sizes, None), x.bits)
    if x.value.batch.folded != 1:
        raise OpError("it transposes samples that are folded into the batch")
    return Flow(Value(x.node, sizes, x.value.batch._replace(axis=1 - x.value.batch.axis)), x.bits)


def einsum(call: NodeCall) -> list[Thing | None]:
    """Convert Einsum of two tensors, whose batch is the first axis."""
    equation = str(call.attribute("equation", "")).replace(" ", "")
    if len(call.things) != 2:
        raise OpError(
            f"it has {len(call.things)} operands, but calc reads an einsum of two", "use one einsum after another"
        )
    terms, _, result = equation.partition("->")
    parts = terms.split(",")
    if len(parts) != 2 or not result or "." in equation:
        raise OpError(
            f"calc does not read the equation {equation[:80]!r}", "write two terms and a result, without dots"
        )
    nodes, sizes = [], dict[str, int]()
    batches = set()
    for at, term in enumerate(parts):
        flow = call.flow(at)
        if len(term) != flow.rank:
            raise OpError(f"the term {term[:40]} does not fit {sizes_text(flow.sizes)}")
        sizes |= dict(zip(term, flow.sizes, strict=True))
        if flow.value.batch is not None:
            batches.add((term[flow.value.batch.axis], flow.value.batch._replace(axis=0)))
            _check_first(flow, term)
        nodes.append(flow.node)
    if len(batches) != 1:
        raise OpError("the batch must have the same letter in both terms")
    letter, batch = batches.pop()
    if not result.startswith(letter):
        raise OpError(f"the batch is {letter}, which must come first in {result}")
    bits = bits_of(call.flow(0), call.flow(1))
    index = call.layer("einsum", nodes, equation=equation, bits=bits)
    wanted = Broadcast(tuple(nodes), tuple([sizes[axis] for axis in result]), batch)
    return [settled(call, index, wanted)]


def _check_first(flow: Flow, term: str) -> None:
    batch = flow.value.batch
    assert batch is not None
    if batch.axis or batch.folded != 1:
        raise OpError(f"the batch must come first in {term}, with no other axis folded into it")


RULES: dict[str, Any] = {"MatMul": matmul, "Gemm": gemm, "Einsum": einsum}
