"""Normalisation layers, and weight normalisation."""

from calc.errors import OpError
from calc.importing import Value
from verify.importers.fields import given
from verify.importers.lower.reductions import reduced
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import put


@lowers("batch_norm", "_native_batch_norm_legit_no_training.default")
def batch_norm(op: Operation) -> Value:
    """Return batch normalisation with its running statistics."""
    x = op.value("input")
    mean = op["running_mean"]
    if mean is None and x.batch is None and x.sizes[0] == 1:
        return _standardised(op, x)
    fields = given({"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True},
        eps=op["eps"], momentum=op["momentum"], affine=op["weight"] is not None,
        track_running_stats=mean is not None)  # fmt: skip
    node = op.draft.with_channels(op.within, x.node, 1 - len(x.sizes))
    tensors = {"weight": op["weight"], "bias": op["bias"], "running_mean": mean, "running_var": op["running_var"]}
    return op.layer("batch_norm", nodes=[node], tensors=tensors, batch=x.batch, **fields)


def _standardised(op: Operation, x: Value) -> Value:
    """Return weight standardisation: the weights themselves are normalised, with one row per output channel."""
    axes = len(x.sizes) - 2
    made = put(op, "layer_norm", [x.node], x, **given({"normalized_axes": 1}, normalized_axes=axes), affine=False,
               **given({"eps": 1e-5}, eps=op["eps"]))  # fmt: skip
    return _scaled_apart(op, made, axes)


def _scaled_apart(op: Operation, x: Value, axes: int) -> Value:
    """Return ``x`` times a weight plus a bias that no norm can hold.

    ``axes`` axes of ``x`` come after those of the weight.
    """
    for word, name in (("multiply", "weight"), ("add", "bias")):
        if op.get(name) is not None:
            each = op.value(name)
            factor = op.draft.regroup(op.within, each.node, (*each.sizes, *(1,) * axes))
            x = put(op, word, [x.node, factor], x)
    return x


@lowers("layer_norm")
def layer_norm(op: Operation) -> Value:
    """Return layer normalisation over trailing axes."""
    x, axes = op.value("input"), len(op["normalized_shape"])
    if x.batch is not None and x.batch.axis >= len(x.sizes) - axes:
        raise OpError("normalises over the axis of the batch", "every sample must go through the network on its own")
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1) if axes == 1 else x.node
    fields = given({"normalized_axes": 1, "eps": 1e-5}, normalized_axes=axes, eps=op["eps"])
    if not op.can_hold(_affine(op)) or (op["weight"] is None and op["bias"] is not None):
        return _scaled_apart(op, put(op, "layer_norm", [node], x, affine=False, **fields), 0)
    fields |= given({"affine": True, "bias": True},
        affine=op["weight"] is not None, bias=op["bias"] is not None or op["weight"] is None)  # fmt: skip
    return op.layer("layer_norm", nodes=[node], tensors=_affine(op), batch=x.batch, **fields)


@lowers("rms_norm")
def rms_norm(op: Operation) -> Value:
    """Return root mean square normalisation over trailing axes."""
    x, axes = op.value("input"), len(op["normalized_shape"])
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1) if axes == 1 else x.node
    fields = given({"normalized_axes": 1, "eps": None}, normalized_axes=axes, eps=op["eps"])
    if op["weight"] is None or not op.can_hold({"weight": op["weight"]}):
        return _scaled_apart(op, put(op, "rms_norm", [node], x, elementwise_affine=False, **fields), 0)
    return op.layer("rms_norm", nodes=[node], tensors={"weight": op["weight"]}, batch=x.batch, **fields)


@lowers("instance_norm")
def instance_norm(op: Operation) -> Value:
    """Return instance normalisation, with the statistics of each sample or with running ones."""
    x, mean = op.first, op["running_mean"]
    is_tracked = mean is not None and not op["use_input_stats"]
    if mean is not None and not is_tracked:
        raise OpError("keeps running statistics but does not use them", "set track_running_stats=False")
    if not is_tracked and _is_folded(x):
        return _over_trailing(op, x, len(x.sizes) - 2)
    node = op.draft.with_channels(op.within, x.node, 1 - len(x.sizes))
    fields = given({"eps": 1e-5, "momentum": 0.1, "affine": False, "track_running_stats": False},
        eps=op["eps"], momentum=op["momentum"], affine=op["weight"] is not None,
        track_running_stats=is_tracked)  # fmt: skip
    tensors = _affine(op) | {"running_mean": mean, "running_var": op["running_var"]}
    return op.layer("instance_norm", nodes=[node], tensors=tensors, batch=x.batch, **fields)


@lowers("group_norm")
def group_norm(op: Operation) -> Value:
    """Return group normalisation."""
    x = op.value("input")
    if _is_folded(x):
        return _over_groups(op, x)
    node = op.draft.with_channels(op.within, x.node, 1 - len(x.sizes))
    fields = {"num_groups": op["num_groups"], **given({"eps": 1e-5}, eps=op["eps"])}
    if op["weight"] is None or op["bias"] is None or not op.can_hold(_affine(op)):
        made = put(op, "group_norm", [node], x, affine=False, **fields)
        return _scaled_apart(op, made, len(x.sizes) - 2)
    return op.layer("group_norm", nodes=[node], tensors=_affine(op), batch=x.batch, **fields)


def _is_folded(x: Value) -> bool:
    """Return whether a sample has an axis before its channels, which calc's norms over channels do not allow."""
    return x.batch is not None and x.batch.folded > 1


def _over_groups(op: Operation, x: Value) -> Value:
    """Return group normalisation as a layer norm over the trailing axes, with the groups as a further axis."""
    folded, channels, *rest = x.sizes
    grouped = x._replace(sizes=(folded, op["num_groups"], channels // op["num_groups"], *rest))
    grouped = grouped._replace(node=op.draft.regroup(op.within, x.node, grouped.sample))
    normed = put(op, "layer_norm", [grouped.node], grouped, normalized_axes=len(rest) + 1, affine=False, **_eps(op))
    back = x._replace(node=op.draft.regroup(op.within, normed.node, x.sample))
    return _scaled_apart(op, back, len(rest))


def _over_trailing(op: Operation, x: Value, axes: int) -> Value:
    """Return instance normalisation as a layer norm over trailing axes, with scales and biases as separate layers."""
    normed = put(op, "layer_norm", [x.node], x, normalized_axes=axes, affine=False, **_eps(op))
    return _scaled_apart(op, normed, axes)


def _eps(op: Operation) -> dict[str, object]:
    return given({"eps": 1e-5}, eps=op["eps"])


def _affine(op: Operation) -> dict[str, object]:
    return {"weight": op["weight"], "bias": op["bias"]}


@lowers("_weight_norm")
def weight_norm(op: Operation) -> Value:
    """Return weight normalisation: v · g / ‖v‖, with the norm over all axes but one, or over all."""
    v, g = op.value("v"), op.value("g")
    rank = len(v.sizes)
    dims = None if op["dim"] == -1 else [axis for axis in range(rank) if axis != op["dim"] % rank]
    squares = put(op, "power", [v.node], v, value=2.0)
    total = reduced(op, squares, "sum", dims, keepdim=dims is not None)
    length = put(op, "sqrt", [total.node], total)
    scale = put(op, "divide", [g.node, length.node], g)
    return op.layer("multiply", nodes=[v.node, scale.node])
