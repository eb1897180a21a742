"""Reshapes a tensor to one row per channel, and back."""

from torch import Tensor

from verify.quantise.errors import QuantiseError


def channel_rows(tensor: Tensor, axis: int | None) -> Tensor:
    """Return ``tensor`` as (channels, elements); one row if ``axis`` is None.

    Raises QuantiseError if the tensor has no such axis.
    """
    if axis is None:
        return tensor.reshape(1, -1)
    if axis >= tensor.ndim:
        raise QuantiseError(f"axis={axis}, but the tensor has shape {tuple(tensor.shape)}")
    return tensor.movedim(axis, 0).reshape(tensor.shape[axis], -1)


def from_rows(rows: Tensor, axis: int | None, like: Tensor) -> Tensor:
    """Return the inverse of ``channel_rows``, for a tensor with the shape of ``like``."""
    if axis is None:
        return rows.reshape(like.shape)
    return rows.reshape(like.movedim(axis, 0).shape).movedim(0, axis)


def along(parameter: Tensor, axis: int | None, like: Tensor) -> Tensor:
    """Return one number per channel, reshaped to broadcast along ``axis`` of ``like``.

    A single number stays as it is.
    """
    if axis is None:
        return parameter
    return parameter.reshape([-1 if d == axis else 1 for d in range(like.ndim)])
