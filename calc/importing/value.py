"""A tensor of the foreign network with its batch axis, which gives the sizes of one sample."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from calc.errors import OpError
from calc.shape import Shape

Sizes = tuple[int, ...]


class BatchAxis(NamedTuple):
    """The axis of a foreign tensor that grows with the batch; its size is ``outer`` · batch · ``inner``.

    Windows and patches are often folded into it: 64 windows of each sample make ``inner`` 64.
    """

    axis: int
    outer: int = 1
    inner: int = 1

    @property
    def folded(self) -> int:
        """The number of positions of each sample on the axis."""
        return self.outer * self.inner


class Value(NamedTuple):
    """A foreign tensor at a batch of 1: the node that computes it, its sizes, and its batch axis, if any."""

    node: int
    sizes: Sizes
    batch: BatchAxis | None

    @property
    def sample(self) -> Sizes:
        """The sizes of one sample: what is folded into the batch becomes an axis; else that axis is removed."""
        if self.batch is None:
            return self.sizes
        axis, folded = self.batch.axis, self.batch.folded
        return (*self.sizes[:axis], *((folded,) if folded > 1 else ()), *self.sizes[axis + 1 :])

    @property
    def before_batch(self) -> int:
        """The number of elements of a sample before the batch axis, in the foreign order, times ``outer``."""
        return 1 if self.batch is None else prod(self.sizes[: self.batch.axis]) * self.batch.outer


def batch_axis(sizes: Sequence[int], batch: int, others: Sequence[int], other_batch: int) -> BatchAxis | None:
    """Return the axis in which the sizes of a tensor at two batches differ; None if they do not differ.

    Raises OpError if this is more than one axis, or if it does not grow in proportion to the batch.
    """
    if len(sizes) != len(others):
        raise OpError(f"has {len(sizes)} axes for a batch of {batch}, but {len(others)} for {other_batch}")
    moving = [axis for axis, (one, other) in enumerate(zip(sizes, others, strict=True)) if one != other]
    if not moving:
        return None
    axis = moving[0]
    folded = sizes[axis] // batch
    if len(moving) > 1 or folded * batch != sizes[axis] or folded * other_batch != others[axis]:
        at = f"{Shape(tuple(sizes))} for a batch of {batch}, but {Shape(tuple(others))} for {other_batch}"
        raise OpError(
            f"mixes the samples of a batch: it is {at}", "every sample must go through the network on its own"
        )
    return BatchAxis(axis, 1, folded)


def at_batch_one(sizes: Sequence[int], batch: BatchAxis | None) -> Sizes:
    """Return ``sizes`` at a batch of 1, given the sizes at any other batch and the batch axis."""
    if batch is None:
        return tuple(sizes)
    return (*sizes[: batch.axis], batch.folded, *sizes[batch.axis + 1 :])


def own_dim(value: Value, dim: int) -> int:
    """Return the foreign ``dim``, possibly negative, in calc's numbering, where 0 is the batch and 1 the first other
    axis.

    Raises OpError for the batch axis, because an operation along it mixes samples.
    """
    rank = len(value.sizes)
    axis = dim + rank if dim < 0 else dim
    if value.batch is None:
        return axis + 1
    if axis == value.batch.axis:
        raise OpError(
            f"works along dim={dim}, the axis of the batch", "every sample must go through the network on its own"
        )
    folded = value.batch.folded > 1
    return axis + 1 + (0 if axis < value.batch.axis or folded else -1)


def regrouped(value: Value, sizes: Sizes, batch: BatchAxis | None) -> BatchAxis | None:
    """Return the batch axis after a reshape to ``sizes``. ``batch`` has the axis that grows, and its growth.

    Raises OpError if the order of the elements would mix samples.
    """
    if batch is None or value.batch is None:
        return batch
    before = prod(sizes[: batch.axis])
    outer, rest = divmod(value.before_batch, before)
    if rest or batch.folded % max(outer, 1):
        wanted = f"{Shape(value.sizes)} becomes {Shape(sizes)}"
        raise OpError(f"mixes the samples of a batch: {wanted}", "every sample must go through the network on its own")
    return BatchAxis(batch.axis, outer, batch.folded // outer)
