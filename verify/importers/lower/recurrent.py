"""Recurrent layers."""

from typing import Any

import torch

from calc.errors import OpError
from calc.importing import BatchAxis, Value
from calc.ops import op_class
from verify.importers.operation import Operation
from verify.importers.packets import is_read
from verify.importers.registry import lowers
from verify.importers.steps import put, regrouped_to

_WORDS = {"lstm.input": "lstm", "gru.input": "gru", "rnn_tanh.input": "rnn", "rnn_relu.input": "rnn"}
_TENSORS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@lowers(*_WORDS)
def recurrent(op: Operation) -> tuple[Value | None, ...]:
    """Return a recurrent layer. It returns the sequence, the last hidden states, and the last cells of an LSTM."""
    if op["train"] and op["dropout"]:
        raise OpError("drops elements out, as in training", "call eval() on the module")
    x, word = op.value("input"), _WORDS[op.target.removeprefix("aten.")]
    _require_tokens_last(x, 0 if op["batch_first"] else 1)
    states, tensors = _states(op, x), _named(op)
    projected = op.sizes_of(tensors["weight_hr_l0"]) if "weight_hr_l0" in tensors else None
    fields: dict[str, Any] = {"hidden_size": (projected or op.sizes_of(tensors["weight_hh_l0"]))[1]}
    if op["num_layers"] != 1:
        fields["num_layers"] = op["num_layers"]
    if op["bidirectional"]:
        fields["bidirectional"] = True
    hidden_biases = [name for name in tensors if name.startswith("bias_hh")]
    if not op["has_biases"]:
        fields["bias"] = False
    elif all(_is_zeros(op, tensors[name]) for name in hidden_biases):
        fields["bias"] = "input"
        tensors = {name: each for name, each in tensors.items() if name not in hidden_biases}
    if projected:
        fields["proj_size"] = projected[0]
    if "relu" in op.target:
        fields["nonlinearity"] = "relu"
    used = _used(op)
    if len(used) > 1:
        return _several(op, word, x, states, tensors, fields, used)
    (at,) = used or {0}
    returns = ("sequence", "hidden", "cell")[at]
    if at:
        fields["returns"] = returns
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    if at and x.batch is not None and x.batch.folded > 1:
        made = _turned(op, word, [node, *states], tensors, x.batch, Value(-1, *op.output(at)), fields)
    else:
        made = op.layer(word, nodes=[node, *states], tensors=tensors, output=at, **fields)
    return tuple([made if index == at else None for index in range(3)])


def _several(
    op: Operation, word: str, x: Value, states: list[int], tensors: dict[str, Any], fields: dict[str, Any],
    used: set[int],
) -> tuple[Value | None, ...]:  # fmt: skip
    """Return the results with the indices ``used``, as slices of one layer that returns the sequence and the states."""
    if "proj_size" in fields:
        raise OpError("returns tensors of two sizes that are both read, which calc's lstm cannot do with proj_size")
    if x.batch is None:
        raise OpError("returns last states, but its input does not depend on the batch")
    layers, features = op["num_layers"], fields["hidden_size"] * (2 if op["bidirectional"] else 1)
    *sequences, tokens, _ = x.sample
    dim = 1 + len(sequences)
    kinds = op_class(word).states  # type: ignore[attr-defined]  # every recurrent op has it
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    sizes = (*sequences, tokens + kinds * layers, features)
    whole = op.placed(word, [node, *states], tensors, sizes, {**fields, "returns": "all"})
    found: list[Value | None] = [None] * (1 + kinds)
    if 0 in used:
        found[0] = put(op, "slice", [whole], Value(-1, *op.output(0)), dim=dim, end=tokens)
    for kind in [each - 1 for each in sorted(used - {0})]:
        start = tokens + kind * layers
        part = Value(-1, (*sequences, layers, features), None)
        rows = put(op, "slice", [whole], part, dim=dim, start=start, end=start + layers)
        found[1 + kind] = _rows_first(op, rows, Value(-1, *op.output(1 + kind)), x.batch)
    return tuple(found)


def _require_tokens_last(x: Value, at: int) -> None:
    """Raise OpError unless ``x`` has its batch on the axis ``at``, and samples have the axes (…, tokens, features)."""
    if x.batch is None and at:
        raise OpError("reads an input that does not depend on the batch")
    if x.batch is not None and x.batch.axis != at:
        raise OpError("runs along the axis of the batch", f"batch_first={at == 1} fits this input")
    if x.batch is not None and at and x.batch.folded > 1:
        raise OpError(f"reads {x.batch.folded} sequences of each sample after their tokens", "set batch_first=True")


def _turned(
    op: Operation, word: str, nodes: list[int], tensors: dict[str, Any], batch: BatchAxis, made: Value,
    fields: dict[str, Any],
) -> Value:  # fmt: skip
    """Return the last states of several sequences per sample. calc's layer gives the rows of one sequence together."""
    rows, sequences, features = made.sample
    sizes = (sequences, rows, features)
    return _rows_first(op, Value(op.placed(word, nodes, tensors, sizes, fields), sizes, None), made, batch)


def _rows_first(op: Operation, found: Value, made: Value, batch: BatchAxis) -> Value:
    """Return ``found``, which has the rows of each sequence together, in the order of ``made``, with rows first."""
    if batch.folded == 1:
        return made._replace(node=regrouped_to(op, found, made.sample))
    rows, sequences, features = made.sample
    node = regrouped_to(op, found, (sequences, rows, features))
    return put(op, "permute", [node], made._replace(batch=batch._replace(axis=1)), dims=(0, 2, 1, 3))


def _states(op: Operation, x: Value) -> list[int]:
    """Return the nodes of the initial states; none if they are zeros."""
    given = op["hx"]
    states = given if isinstance(given, list) else [given]
    if all(_is_zeros(op, state) for state in states):
        return []
    values = [op.valued(state) for state in states]
    if x.batch is None or any(value.batch != x.batch._replace(axis=1) for value in values):
        raise OpError("starts from states that are not one for each sequence")
    if x.batch.folded == 1:
        return [value.node for value in values]
    turned = [Value(-1, (value.sample[1], value.sample[0], value.sample[2]), None) for value in values]
    return [
        put(op, "permute", [value.node], made, dims=(0, 2, 1, 3)).node
        for value, made in zip(values, turned, strict=True)
    ]


def _is_zeros(op: Operation, tensor: Any) -> bool:
    known = op.constant(tensor)
    return known is not None and not bool(torch.count_nonzero(known))


def _named(op: Operation) -> dict[str, Any]:
    """Return the parameters by their names in the layer, without a prefix."""
    params = list(op["params"])
    ends = ["", "_reverse"] if op["bidirectional"] else [""]
    layers = [f"l{layer}{end}" for layer in range(op["num_layers"]) for end in ends]
    names = _TENSORS if op["has_biases"] else _TENSORS[:2]
    if len(params) == len(layers) * (len(names) + 1):
        names = (*names, "weight_hr")
    return dict(zip([f"{name}_{layer}" for layer in layers for name in names], params, strict=True))


def _used(op: Operation) -> set[int]:
    return {int(user.args[1]) for user in op.node.users if is_read(user)}  # type: ignore[arg-type]
