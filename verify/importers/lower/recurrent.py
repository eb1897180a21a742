"""Recurrent layers."""

from typing import Any

import torch

from calc.errors import OpError
from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers

_WORDS = {"lstm.input": "lstm", "gru.input": "gru", "rnn_tanh.input": "rnn", "rnn_relu.input": "rnn"}
_TENSORS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@lowers(*_WORDS)
def recurrent(op: Operation) -> tuple[Value | None, ...]:
    """A recurrent layer: the sequence, the last hidden states, and an LSTM's last cells."""
    if op["train"] and op["dropout"]:
        raise OpError("drops elements out, as in training", "bring the module into evaluation mode")
    x, word = op.value("input"), _WORDS[op.target.removeprefix("aten.")]
    _require_tokens_last(x, 0 if op["batch_first"] else 1)
    states, tensors = _states(op), _named(op)
    projected = op.sizes_of(tensors["weight_hr_l0"]) if "weight_hr_l0" in tensors else None
    fields: dict[str, Any] = {"hidden_size": (projected or op.sizes_of(tensors["weight_hh_l0"]))[1]}
    if op["num_layers"] != 1:
        fields["num_layers"] = op["num_layers"]
    if op["bidirectional"]:
        fields["bidirectional"] = True
    if not op["has_biases"]:
        fields["bias"] = False
    if projected:
        fields["proj_size"] = projected[0]
    if "relu" in op.target:
        fields["nonlinearity"] = "relu"
    used = _used(op)
    if len(used) > 1:
        raise OpError(f"returns {len(used)} tensors that are read; calc's {word} has one", "read the sequence alone")
    (at,) = used or {0}
    returns = ("sequence", "hidden", "cell")[at]
    if at:
        fields["returns"] = returns
        if x.batch is not None and x.batch.folded > 1:
            raise OpError(f"returns its last states for {x.batch.folded} sequences of each sample, in another order")
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    made = op.layer(word, nodes=[node, *states], tensors=tensors, output=at, **fields)
    return tuple([made if index == at else None for index in range(3)])


def _require_tokens_last(x: Value, at: int) -> None:
    """Raise OpError unless the batch of ``x``, of three axes, is the axis ``at`` and a sample (…, tokens, features)."""
    if x.batch is None and at:
        raise OpError("takes an input that does not grow with the batch")
    if x.batch is not None and x.batch.axis != at:
        raise OpError("runs along the axis of the batch", f"batch_first={at == 1} takes this input as it is")
    if x.batch is not None and at and x.batch.folded > 1:
        raise OpError(f"takes {x.batch.folded} sequences of each sample behind their tokens", "set batch_first=True")


def _states(op: Operation) -> list[int]:
    """The nodes of the states that it starts from; none where they are zeros."""
    given = op["hx"]
    states = given if isinstance(given, list) else [given]
    known = [op.constant(state) for state in states]
    if all(each is not None and not bool(torch.count_nonzero(each)) for each in known):
        return []
    values = [op.valued(state) for state in states]
    if any(value.batch is None or value.batch != (1, 1, 1) for value in values):
        raise OpError("starts from states that are not one of each sample")
    return [value.node for value in values]


def _named(op: Operation) -> dict[str, Any]:
    """The tensors by the names that the layer has for them."""
    params = list(op["params"])
    ends = ["", "_reverse"] if op["bidirectional"] else [""]
    layers = [f"l{layer}{end}" for layer in range(op["num_layers"]) for end in ends]
    names = _TENSORS if op["has_biases"] else _TENSORS[:2]
    if len(params) == len(layers) * (len(names) + 1):
        names = (*names, "weight_hr")
    return dict(zip([f"{name}_{layer}" for layer in layers for name in names], params, strict=True))


def _used(op: Operation) -> set[int]:
    return {int(user.args[1]) for user in op.node.users if user.users}  # type: ignore[arg-type]
