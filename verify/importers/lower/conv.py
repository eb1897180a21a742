"""Convolutions and transposed convolutions."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from verify.importers.fields import given, one_or_each
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import as_sample


@lowers("conv1d", "conv2d", "conv3d", "convolution.default")
def convolution(op: Operation) -> Value:
    """Return a convolution. Its weight and bias are its own or inputs."""
    if op.get("transposed"):
        return transposed(op)
    kernel = _kernel(op)
    rank = len(kernel) - 2
    padding = op["padding"]
    fields = given(
        {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
        stride=one_or_each(op["stride"], rank),
        padding=padding if isinstance(padding, str) else one_or_each(padding, rank),
        dilation=one_or_each(op["dilation"], rank),
        groups=_groups(op),
    )
    return _layer(op, f"conv{rank}d", kernel[0], kernel[2:], fields)


@lowers("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(op: Operation) -> Value:
    """Return a transposed convolution."""
    kernel = _kernel(op)
    rank = len(kernel) - 2
    fields = given(
        {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1},
        stride=one_or_each(op["stride"], rank),
        padding=one_or_each(op["padding"], rank),
        output_padding=one_or_each(op["output_padding"], rank),
        dilation=one_or_each(op["dilation"], rank),
        groups=_groups(op),
    )
    return _layer(op, f"conv_transpose{rank}d", kernel[1] * _groups(op), kernel[2:], fields)


def _groups(op: Operation) -> int:
    found = op.argument("groups")
    if not isinstance(found, int):
        raise OpError("has a number of groups that depends on the batch, because each sample has kernels of its own")
    return found


def _kernel(op: Operation) -> tuple[int, ...]:
    return op.sizes_of(op["weight"])


def _layer(op: Operation, word: str, channels: int, kernel: tuple[int, ...], fields: dict[str, Any]) -> Value:
    x = as_sample(op, op.value("input"))
    rank = len(kernel)
    if x.batch is None or x.batch.axis != 0 or len(x.sizes) != rank + 2:
        raise OpError(f"needs the batch, then the channels and {rank} spatial axes, got {len(x.sizes)} axes")
    node = op.draft.without_channels_elsewhere(op.within, x.node, -rank - 1)
    bias = op["bias"]
    without = {} if bias is not None else {"bias": False}
    return op.layer(
        word, nodes=[node], tensors={"weight": op["weight"], "bias": bias}, batch=x.batch,
        out_channels=channels, kernel_size=one_or_each(kernel, rank), **fields, **without,
    )  # fmt: skip
