"""Recurrent layers."""

from math import prod
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, HeldWeight, KnownNumbers, Thing, sizes_text

GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""For each gate in PyTorch's order, its place in ONNX, which stores the gates as i o f c and z r h."""
DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
STATES = {"LSTM": ("hidden", "cell"), "GRU": ("hidden",), "RNN": ("hidden",)}


def recurrent(call: NodeCall) -> list[Thing | None]:
    """Convert LSTM, GRU and RNN over a sequence, in one or both directions.

    The layer returns the outputs that are read.
    """
    op, x, is_alone = call.node.op, call.flow(), False
    last = bool(call.attribute("layout", 0))
    tokens_axis, batch_axis = (1, 0) if last else (0, 1)
    if x.rank == 3 and x.batch is None and x.sizes[batch_axis] == 1:
        x = _with_batch(call, x, batch_axis)
        is_alone = True
    elif x.rank != 3 or x.batch != batch_axis:
        stands = "is not an axis" if x.batch is None else f"is axis {x.batch}"
        raise OpError(f"the batch {stands} of {sizes_text(x.sizes)}, but must be axis {batch_axis}")
    weights, directions = _weights(call, op, x)
    fields: dict[str, Any] = {"hidden_size": weights["weight_hh_l0"].sizes[1], **_options(call, op, directions)}
    fields["bias"] = "bias_ih_l0" in weights
    _check_lengths(call, x.sizes[tokens_axis])
    names = [name if name and call.building.reads(name) else "" for name in (*call.node.outputs, "", "", "")][:3]
    read = [word for word, name in zip(("sequence", *STATES[op]), names, strict=False) if name]
    fields["returns"] = read[0] if len(read) == 1 else "all" if read else "sequence"
    states = [_state(call, at, last) for at in (5, 6)[: len(STATES[op])]]
    if None in states and any(states):
        raise OpError("one of its two initial states is given and the other is not", "give both or none")
    folded = 1 if x.value.batch is None else x.value.batch.folded
    if folded > 1 and any(states):
        raise OpError(f"it starts {folded} sequences of each sample from states", "calc reads this only from zeros")
    node = call.channels_at(x, -1)
    if folded > 1 and not last:  # calc's layer has the sequences of a sample before their tokens
        node = call.layer("permute", (node,), name=call.beside("permute"), dims=(0, 2, 1, 3))
    arriving = [state.node for state in states if state is not None]
    name = call.name(op.lower(), weights["weight_ih_l0"].stored.name)
    index = call.layer(op.lower(), (node, *arriving), name=name, **fields)
    for tensor, held in weights.items():
        call.holds(index, tensor, held)
    made = _outputs(call, x, index, directions, fields, names, last)
    return [_without_batch(call, flow) for flow in made] if is_alone else made


def _with_batch(call: NodeCall, x: Flow, axis: int) -> Flow:
    """Return ``x``, which has no batch, with its axis of size 1 as the batch."""
    value = Value(x.node, x.sizes, BatchAxis(axis))
    return x._replace(value=value._replace(node=call.draft.regroup(call.prefix, x.node, value.sample)))


def _without_batch(call: NodeCall, flow: Thing | None) -> Thing | None:
    """Return ``x`` without its batch axis: the inverse of ``_with_batch``."""
    if not isinstance(flow, Flow):
        return flow
    return Flow(Value(call.draft.regroup(call.prefix, flow.node, flow.sizes), flow.sizes, None))


def _weights(call: NodeCall, op: str, x: Flow) -> tuple[dict[str, HeldWeight], int]:
    """Return the tensors of each direction, under their names in PyTorch, and the number of directions."""
    w, r, b = call.held(1), call.held(2), call.held(3) if call.has(3) else None
    if w is None or r is None or (call.has(3) and b is None):
        raise OpError("its weights must be tensors of the file")
    gates, order = len(GATES[op]), GATES[op]
    hidden = r.sizes[-1]
    if (
        len(w.sizes) != 3
        or w.sizes[1:] != (gates * hidden, x.sizes[2])
        or r.sizes != (w.sizes[0], gates * hidden, hidden)
    ):
        raise OpError(
            f"its weights of {sizes_text(w.sizes)} and {sizes_text(r.sizes)} do not fit {sizes_text(x.sizes)}"
        )
    found = {}
    for at in range(w.sizes[0]):
        suffix = "l0_reverse" if at else "l0"
        found[f"weight_ih_{suffix}"] = _direction(w, at).gates(order)
        found[f"weight_hh_{suffix}"] = _direction(r, at).gates(order)
        if b is not None:
            both = _direction(b, at)
            found[f"bias_ih_{suffix}"] = both.part(0, 0, gates * hidden).gates(order)
            found[f"bias_hh_{suffix}"] = both.part(0, gates * hidden, 2 * gates * hidden).gates(order)
    return found, w.sizes[0]


def _direction(tensor: HeldWeight, at: int) -> HeldWeight:
    return tensor.part(0, at, at + 1).reshaped(tensor.sizes[1:])


def _options(call: NodeCall, op: str, directions: int) -> dict[str, Any]:
    direction = call.attribute("direction", "forward")
    if direction != ("bidirectional" if directions == 2 else "forward"):
        raise OpError(
            f"direction={direction[:40]} does not fit weights for {directions} directions",
            "calc reads forward and bidirectional",
        )
    functions = tuple([each.capitalize() for each in call.attribute("activations", DEFAULTS[op] * directions)])
    fields: dict[str, Any] = {"bidirectional": True} if directions == 2 else {}
    if op == "RNN" and functions == ("Relu",) * directions:
        fields["nonlinearity"] = "relu"
    elif functions != DEFAULTS[op] * directions:
        raise OpError(f"its activations {', '.join(functions)[:80]} are not those of PyTorch's {op}, as calc needs")
    if call.attribute("clip") or call.attribute("input_forget", 0) or call.has(7):
        raise OpError("calc does not read clipped cells, coupled gates and peepholes")
    if op == "GRU" and not call.attribute("linear_before_reset", 0):
        remark = "A GRU resets its state before the product; it is written as PyTorch's, which costs as much."
        call.building.remarks.setdefault(remark)
    return fields


def _check_lengths(call: NodeCall, tokens: int) -> None:
    if not call.has(4):
        return
    lengths = call.integers(4)
    if lengths is not None and set(lengths) - {tokens}:
        raise OpError(
            f"its sequences have {sorted(set(lengths))[:5]} of {tokens} tokens, but calc reads only whole sequences"
        )


def _state(call: NodeCall, at: int, last: bool) -> Flow | None:
    """Return the initial state at input ``at``, or None if it is zero."""
    if not call.has(at):
        return None
    thing = call.thing(at)
    if isinstance(thing, KnownNumbers) and all(not each.any() for each in thing.at):
        return None
    if isinstance(thing, HeldWeight) and thing.elements < 2**20 and not thing.numbers().any():
        return None
    if isinstance(thing, Flow) and thing.batch not in (None, 0 if last else 1):
        raise OpError(f"the batch is on axis {thing.batch} of a state, but must be on axis {0 if last else 1}")
    if isinstance(thing, Flow) and thing.batch is not None:
        return thing
    sizes = thing.sizes
    rows = (*sizes[:1], sizes[-1]) if not last else sizes[-2:]
    if prod(rows) != prod(sizes):
        raise OpError(f"a state of {sizes_text(sizes)} differs from sample to sample")
    if isinstance(thing, Flow):
        return thing._replace(value=Value(call.draft.regroup(call.prefix, thing.node, rows), rows, None))
    return call.tensor(thing, rows)


def _outputs(
    call: NodeCall, x: Flow, index: int, directions: int, fields: dict[str, Any], names: list[str], last: bool
) -> list[Thing | None]:  # fmt: skip
    """Return the outputs that are read: Y (tokens, directions, batch, hidden), Y_h and Y_c (directions, batch,
    hidden).
    """
    assert x.value.batch is not None
    hidden, folded = fields["hidden_size"], x.value.batch.folded
    sequences = (folded,) if folded > 1 else ()
    tokens = x.sizes[1 if last else 0]
    rows = {"Y": (0, tokens), "Y_h": (tokens, tokens + 1), "Y_c": (tokens + 1, tokens + 2)}
    made: list[Thing | None] = []
    for name, word in zip(names, rows, strict=True):
        if not name and not (word == "Y" and not any(names)):
            made.append(None)
            continue
        node = index
        if fields["returns"] == "all":
            start, end = rows[word]
            dim = 1 + len(sequences)
            node = call.layer("slice", (index,), name=call.beside("slice"), dim=dim, start=start, end=end)
        apart = (tokens, directions, hidden) if word == "Y" else (directions, hidden)
        node = call.draft.regroup(call.prefix, node, (*sequences, *apart))
        if sequences and not last:
            dims = (0, *range(2, len(apart) + 1), 1, len(apart) + 1)
            node = call.layer("permute", (node,), name=call.beside("permute"), dims=dims)
        sizes = (folded, *apart) if last else (*apart[:-1], folded, hidden)
        axis = 0 if last else len(apart) - 1
        made.append(Flow(Value(node, sizes, x.value.batch._replace(axis=axis))))
    return made


RULES = {"LSTM": recurrent, "GRU": recurrent, "RNN": recurrent}
