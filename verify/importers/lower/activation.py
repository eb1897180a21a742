"""Activations, and elementwise functions that are not activations."""

from calc.importing import Value
from verify.importers.fields import given
from verify.importers.operation import Operation
from verify.importers.registry import lowers

_FIELDS: dict[str, dict[str, object]] = {
    "relu": {}, "relu6": {}, "sigmoid": {}, "silu": {}, "mish": {}, "tanh": {}, "hardsigmoid": {}, "hardswish": {},
    "selu": {}, "softsign": {},
    "celu": {"alpha": 1.0}, "elu": {"alpha": 1.0},
    "leaky_relu": {"negative_slope": 0.01},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0, "threshold": 20.0},
    "hardtanh": {"min_val": -1.0, "max_val": 1.0},
    "hardshrink": {"lambd": 0.5},
    "threshold": {"threshold": None, "value": None},
    "exp": {}, "log": {}, "sqrt": {}, "sin": {}, "cos": {}, "abs": {},
}  # fmt: skip
"""The arguments of each function that are fields of the op with the same name, with their usual values."""


@lowers(*_FIELDS)
def activation(op: Operation) -> Value:
    """Return an activation. Its fields have the names of ATen's arguments."""
    word = op.target.removeprefix("aten.").partition(".")[0]
    word = word if word in _FIELDS else word.removesuffix("_")
    usual = _FIELDS[word]
    values = {name: op[name] for name in usual}
    fields = given(usual, **{name: float(value) if isinstance(value, int) else value for name, value in values.items()})
    if word == "hardtanh" and (values["min_val"], values["max_val"]) == (0, 6):
        word, fields = "relu6", {}
    x = op.first
    return op.layer(word, x, batch=x.batch, **fields)


@lowers("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
def dropout(op: Operation) -> Value:
    """Return a dropout module becomes a layer, so that names are kept; a call inside another forward is left out."""
    x = op.first
    if not op.is_own:
        return op.same(x)
    return op.layer("dropout", x, batch=x.batch, **given({"p": 0.5}, p=float(op["p"])))


@lowers("prelu")
def prelu(op: Operation) -> Value:
    """Return x where it is positive, and x times a learnable number elsewhere (PReLU)."""
    x, weight = op.first, op["weight"]
    count = weight.sizes[0] if weight.sizes else 1
    node = x.node if count == 1 else op.draft.with_channels(op.within, x.node, 1 - len(x.sizes))
    return op.layer(
        "prelu",
        nodes=[node],
        tensors={"weight": weight},
        batch=x.batch,
        **given({"num_parameters": 1}, num_parameters=count),
    )


@lowers("softmax.int", "log_softmax.int", "_softmax", "_log_softmax", "_safe_softmax")
def softmax(op: Operation) -> Value:
    """Return a softmax along one axis."""
    x = op.first
    return op.layer("log_softmax" if "log_softmax" in op.target else "softmax", x, batch=x.batch, dim=op.dim(x))


@lowers("glu")
def glu(op: Operation) -> Value:
    """Return half of an axis times the sigmoid of the other half (GLU)."""
    x = op.first
    return op.layer("glu", x, batch=x.batch, **given({"dim": -1}, dim=op.dim(x)))
