"""The common part of the norms: the shape stays, and the channels either come first or may be any axis."""

from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Tensors
from calc.shape import Shape, axes_text, channel_size


class Norm(Op):
    """A norm: one scale and one shift per element, which are counted as elements and not as MACs."""

    no_macs: ClassVar[str] = "statistics, then one scale and one shift per element"
    category: ClassVar[str] = "norm"
    integer_tensors: ClassVar[tuple[str, ...]] = ("num_batches_tracked",)

    def role_of(self, name: str) -> HeldRole:
        return "norm"


def first_axis_channels(x: Shape, spatial_axes: int = 0) -> int:
    """Return the number of channels of ``x`` for an op that needs them right after the batch.

    Raises OpError if fewer than ``spatial_axes`` axes follow, or if the channels are known to be another axis.
    """
    if x.rank < 1 + spatial_axes:
        raise OpError(
            f"needs channels and at least {axes_text(spatial_axes)} after them, got {axes_text(x.rank)} ({x})"
        )
    return channel_size(x, -x.rank, "(channels, …)")


def affine_parameters(affine: bool, size: tuple[int, ...], bias: bool = True) -> Tensors:
    """Return a norm's weight and bias, both of shape ``size``."""
    if not affine:
        return {}
    return {"weight": size, "bias": size} if bias else {"weight": size}


def running_statistics(tracked: bool, channels: int) -> Tensors:
    """Return the buffers of PyTorch's norms that track statistics."""
    if not tracked:
        return {}
    return {"running_mean": (channels,), "running_var": (channels,), "num_batches_tracked": ()}
