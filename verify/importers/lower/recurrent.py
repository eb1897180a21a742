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
    """A recurrent layer that begins with zeros: the sequence, the last hidden states, and an LSTM's last cells."""
    if op["train"] and op["dropout"]:
        raise OpError("drops elements out, as in training", "bring the module into evaluation mode")
    x, word = op.value("input"), _WORDS[op.target.removeprefix("aten.")]
    states = op["hx"]
    for state in states if isinstance(states, list) else [states]:
        known = op.constant(state)
        if known is None or bool(torch.count_nonzero(known)):
            raise OpError("begins with states that arrive", "without states it begins with zeros")
    tensors = _named(op)
    hidden = op.sizes_of(tensors["weight_hh_l0"])[1]
    fields: dict[str, Any] = {"hidden_size": hidden}
    if op["num_layers"] != 1:
        fields["num_layers"] = op["num_layers"]
    if op["bidirectional"]:
        fields["bidirectional"] = True
    if not op["has_biases"]:
        fields["bias"] = False
    if "relu" in op.target:
        fields["nonlinearity"] = "relu"
    used = _used(op)
    if len(used) > 1:
        raise OpError(f"returns {len(used)} tensors that are read; calc's {word} has one", "read the sequence alone")
    (at,) = used or {0}
    returns = ("sequence", "hidden", "cell")[at]
    if at:
        fields["returns"] = returns
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    made = op.layer(word, nodes=[node], tensors=tensors, output=at, **fields)
    return tuple([made if index == at else None for index in range(3)])


def _named(op: Operation) -> dict[str, Any]:
    """The tensors by the names that the layer has for them."""
    params = list(op["params"])
    names = _TENSORS if op["has_biases"] else _TENSORS[:2]
    ends = ["", "_reverse"] if op["bidirectional"] else [""]
    wanted = [f"{name}_l{layer}{end}" for layer in range(op["num_layers"]) for end in ends for name in names]
    if len(params) != len(wanted):
        raise OpError("projects its states, which calc's recurrent layers do not")
    return dict(zip(wanted, params, strict=True))


def _used(op: Operation) -> set[int]:
    return {int(user.args[1]) for user in op.node.users if user.users}  # type: ignore[arg-type]
