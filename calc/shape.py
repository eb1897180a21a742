"""The shape of one sample: its sizes, and the axis that holds the channels."""

from math import prod
from typing import NamedTuple

from calc.errors import OpError

SCALAR = "scalar"
"""The size of one sample without axes, for example a time step or the id of a user."""


class Shape(NamedTuple):
    """The sizes of a tensor for one sample, without the batch.

    ``channel_axis`` counts from the end (-1 is the last axis). It is None if an operation has mixed the channels with
    something else. It distinguishes (tokens, channels) from (channels, length), which a plain tuple cannot.
    """

    sizes: tuple[int, ...]
    channel_axis: int | None = None

    @property
    def elements(self) -> int:
        """The number of elements of one sample."""
        return prod(self.sizes)

    @property
    def rank(self) -> int:
        """The number of axes without the batch."""
        return len(self.sizes)

    @property
    def channels(self) -> int | None:
        """The size of the channel axis, or None if it is unknown."""
        return None if self.channel_axis is None else self.sizes[self.channel_axis]

    def __str__(self) -> str:
        return "×".join(map(str, self.sizes)) or SCALAR


Shapes = tuple[Shape, ...]


def sizes_of(text: str) -> tuple[int, ...]:
    """Read sizes such as ``3x160x160``, or ``scalar`` for a single number. Raises OpError for other text."""
    if text == SCALAR:
        return ()
    parts = text.lower().replace("×", "x").split("x")
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 and int(part) for part in parts):
        raise OpError(f"{text[:60]!r}: must be positive sizes without the batch, such as 3x160x160")
    return tuple([int(part) for part in parts])


def axes_text(number: int) -> str:
    """Return a number of axes with its noun: ``1 axis``, ``2 axes``."""
    return f"{number} {'axis' if number == 1 else 'axes'}"


def channel_size(shape: Shape, axis: int, layout: str) -> int:
    """Return the channels of ``shape``, for an operation that needs them on ``axis`` (counted from the end).

    ``layout`` is the layout of the operation, such as "(channels, height, width)". Raises OpError if the axis does not
    exist, or if the channels are known to be on another axis. Nothing else would detect a linear layer on an
    unflattened feature map, because its in_features are inferred.
    """
    if shape.rank < -axis:
        raise OpError(f"needs {layout}, got {axes_text(shape.rank)} ({shape})")
    if shape.channel_axis is not None and shape.channel_axis != axis:
        raise OpError(
            f"needs its channels on axis {axis} of {layout}, "
            f"but those of the input {shape} are on axis {shape.channel_axis}",
            hint="leave the batch out of input:"
            if shape.sizes[0] == 1 and shape.rank == 1 - axis
            else "flatten, pool or permute first; or declare the layout with channels:",
        )
    return shape.sizes[axis]


def dim_from_end(dim: int, shape: Shape, extra: int = 0) -> int:
    """Return PyTorch's ``dim`` (0 is the batch, negatives allowed) as an index from the end of ``sizes``.

    ``extra`` is the number of axes that the operation adds before ``dim`` is read (1 for stack). Raises OpError for the
    batch axis and for an axis that does not exist.
    """
    rank = shape.rank + extra
    index = dim - rank - 1 if dim >= 0 else dim
    if index == -rank - 1:
        raise OpError(f"dim={dim} is the batch axis, which one sample does not have")
    if not -rank <= index <= -1:
        raise OpError(f"dim={dim} is outside the {rank + 1} axes (batch first) of the input {shape}")
    return index


def broadcast(shapes: Shapes) -> Shape:
    """Return the shape of an elementwise operation on ``shapes``, by PyTorch's rules for the tensors of one sample.

    Its channel axis is that of the inputs that have one, if they agree. Raises OpError with both shapes if they do not
    fit.
    """
    sizes: tuple[int, ...] = shapes[0].sizes
    for shape in shapes[1:]:
        sizes = _broadcast_two(sizes, shape.sizes, shapes)
    axes = {shape.channel_axis for shape in shapes if shape.channel_axis is not None and shape.elements > 1}
    return Shape(sizes, axes.pop() if len(axes) == 1 else None)


def _broadcast_two(a: tuple[int, ...], b: tuple[int, ...], shapes: Shapes) -> tuple[int, ...]:
    if a == b:
        return a
    rank = max(len(a), len(b))
    padded_a = (1,) * (rank - len(a)) + a
    padded_b = (1,) * (rank - len(b)) + b
    out = []
    for x, y in zip(padded_a, padded_b, strict=True):
        if x != y and 1 not in (x, y):
            raise OpError(f"the inputs {' and '.join(map(str, shapes))} do not broadcast: {x} against {y}")
        out.append(y if x == 1 else x)
    return tuple(out)
