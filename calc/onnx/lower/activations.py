"""Activation functions and softmax."""

from math import isclose, prod
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.onnx.call import NodeCall, as_float
from calc.onnx.values import Flow, Thing, sizes_text

PLAIN = {
    "Gelu": "gelu", "HardSwish": "hardswish", "Mish": "mish", "Relu": "relu", "Sigmoid": "sigmoid",
    "Softplus": "softplus", "Softsign": "softsign", "Tanh": "tanh",
}  # fmt: skip
SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}
SINCE_ONE_AXIS = 13
"""From this opset on, a softmax is over one axis. Before, it is over all axes from the given one on."""


def activation(call: NodeCall) -> list[Thing | None]:
    """Return an activation without fields. A GELU may use the tanh approximation."""
    x = call.flow()
    fields = {"approximate": "tanh"} if call.attribute("approximate") == "tanh" else {}
    return made(call, x, PLAIN[call.node.op], **fields)


def made(call: NodeCall, x: Flow, word: str, **fields: Any) -> list[Thing | None]:
    """Return a layer whose output has the axes of ``x``."""
    index = call.layer(word, (x.node,), **fields)
    return [call.out(index, x.value.batch, x if word in ("relu", "relu6", "clamp") else None)]


def number_of(call: NodeCall, name: str, default: float) -> float:
    """Return an attribute that is a 32-bit float."""
    import numpy as np

    return as_float(np.float32(call.attribute(name, default)))


def elu(call: NodeCall) -> list[Thing | None]:
    """Convert Elu and Celu."""
    return made(call, call.flow(), call.node.op.lower(), alpha=number_of(call, "alpha", 1.0))


def selu(call: NodeCall) -> list[Thing | None]:
    """Convert Selu with the constants of its paper."""
    for name, usual in SELU.items():
        if not isclose(call.attribute(name, usual), usual, rel_tol=1e-3):
            raise OpError(f"{name}={call.attribute(name)}, but calc counts a Selu only with {usual:.4f}")
    return made(call, call.flow(), "selu")


def leaky_relu(call: NodeCall) -> list[Thing | None]:
    """Convert LeakyRelu."""
    return made(call, call.flow(), "leaky_relu", negative_slope=number_of(call, "alpha", 0.01))


def prelu(call: NodeCall) -> list[Thing | None]:
    """Convert PRelu with one slope, or with one slope for each channel."""
    x, slope = call.flow(), call.held(1)
    if slope is None:
        raise OpError("its slopes depend on the network's input")
    sizes = (1,) * (x.rank - len(slope.sizes)) + slope.sizes
    per_channel = x.rank > 1 and prod(sizes) == sizes[1] == x.sizes[1]
    if slope.elements != 1 and not per_channel:
        fact = f"its slopes are {sizes_text(slope.sizes)} for {sizes_text(x.sizes)}"
        raise OpError(fact, "calc counts a PRelu with one slope, or with one for each channel")
    node = x.node if slope.elements == 1 else call.channels_at(x, 1)
    name = call.name("prelu", slope.stored.name)
    index = call.layer("prelu", (node,), name=name, num_parameters=slope.elements)
    call.holds(index, "weight", slope.reshaped((slope.elements,)))
    return call.same(x, index)


def hard_sigmoid(call: NodeCall) -> list[Thing | None]:
    """Convert HardSigmoid: min(max(alpha · x + beta, 0), 1).

    With alpha = 1/6 and beta = 1/2 it is PyTorch's Hardsigmoid.
    """
    x = call.flow()
    alpha, beta = number_of(call, "alpha", 0.2), number_of(call, "beta", 0.5)
    if isclose(alpha, 1 / 6, rel_tol=1e-4) and beta == 0.5:
        return made(call, x, "hardsigmoid")
    scaled = call.layer("multiply", (x.node,), name=call.beside("multiply"), value=alpha)
    shifted = call.layer("add", (scaled,), name=call.beside("add"), value=beta)
    return call.same(x, call.layer("clamp", (shifted,), min=0.0, max=1.0))


def swish(call: NodeCall) -> list[Thing | None]:
    """Convert Swish: x · sigmoid(alpha · x)."""
    x, alpha = call.flow(), number_of(call, "alpha", 1.0)
    if alpha == 1:
        return made(call, x, "silu")
    scaled = call.layer("multiply", (x.node,), name=call.beside("multiply"), value=alpha)
    gate = call.layer("sigmoid", (scaled,), name=call.beside("sigmoid"))
    return call.same(x, call.layer("multiply", (x.node, gate)))


def thresholded(call: NodeCall) -> list[Thing | None]:
    """Convert ThresholdedRelu."""
    return made(call, call.flow(), "threshold", threshold=number_of(call, "alpha", 1.0), value=0.0)


def shrink(call: NodeCall) -> list[Thing | None]:
    """Convert Shrink without a bias."""
    if call.attribute("bias", 0.0):
        raise OpError(f"bias={call.attribute('bias')}, but calc counts a Shrink only with bias=0")
    return made(call, call.flow(), "hardshrink", lambd=number_of(call, "lambd", 0.5))


def clip(call: NodeCall) -> list[Thing | None]:
    """Convert Clip. Its limits are attributes up to opset 10 and inputs from opset 11 on."""
    x = call.flow()
    low, high = _limit(call, "min", 1), _limit(call, "max", 2)
    if low == 0 and high in (None, 6):
        return made(call, x, "relu" if high is None else "relu6")
    if low is None and high is None:
        return [x]
    if low is not None and high is not None and low > high:
        low = high  # ONNX defines that all elements are max then
    return made(call, x, "clamp", **{name: value for name, value in (("min", low), ("max", high)) if value is not None})


def _limit(call: NodeCall, name: str, at: int) -> float | None:
    if name in call.node.attributes:
        found: float | None = number_of(call, name, 0)
    elif not call.has(at):
        found = None
    else:
        found = call.number(at)
        if found is None:
            raise OpError(f"its {name} depends on the network's input")
    return None if found is not None and abs(found) > 3e38 else found


def softmax(call: NodeCall) -> list[Thing | None]:
    """Convert Softmax and LogSoftmax over one axis or, in files of an old opset, over all axes from one on."""
    x = call.flow()
    word = "softmax" if call.node.op == "Softmax" else "log_softmax"
    one_axis = call.node.opset >= SINCE_ONE_AXIS
    axis = x.place(call.attribute("axis", -1 if one_axis else 1))
    if one_axis or all(size == 1 for size in x.sizes[axis + 1 :]):
        return made(call, x, word, dim=x.dim(axis))
    if x.batch is not None and x.batch >= axis:
        raise OpError(f"it is over all axes from {axis} on, which include the batch")
    before = x.value.sample[: len(x.value.sample) - len(x.sizes[axis:])]
    flat = call.draft.regroup(call.prefix, x.node, (*before, prod(x.sizes[axis:])))
    index = call.layer(word, (flat,), dim=-1)
    return [Flow(Value(call.draft.regroup(call.prefix, index, x.value.sample), x.sizes, x.value.batch))]


RULES = {
    **dict.fromkeys(PLAIN, activation), "Elu": elu, "Celu": elu, "Selu": selu, "LeakyRelu": leaky_relu, "PRelu": prelu,
    "HardSigmoid": hard_sigmoid, "Swish": swish, "ThresholdedRelu": thresholded, "Shrink": shrink, "Clip": clip,
    "Softmax": softmax, "LogSoftmax": softmax,
}  # fmt: skip
