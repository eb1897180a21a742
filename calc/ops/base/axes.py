"""Resolves the axes that a spec names: ``dim`` and ``channels``, numbered as in PyTorch, where the batch is 0."""

from calc.errors import OpError
from calc.ops.base.fields import show
from calc.shape import Shape, dim_from_end


def dims_from_end(dim: int | tuple[int, ...], x: Shape) -> tuple[int, ...]:
    """Return one ``dim`` or several as indices from the end. Raises OpError if an axis is named twice."""
    axes = tuple(dim_from_end(d, x) for d in (dim if isinstance(dim, tuple) else (dim,)))
    if len(set(axes)) < len(axes):
        raise OpError(f"dim={show(dim)} names an axis of the input {x} twice")
    return axes


def declared_axis(channels: int | str, shape: Shape) -> int:
    """Return the channel axis that ``channels: first | last | dim`` declares, counted from the end."""
    if not isinstance(channels, str):
        return dim_from_end(channels, shape)
    if not shape.sizes:
        raise OpError(f"channels={channels} needs an axis, got a scalar")
    return -1 if channels == "last" else -shape.rank
