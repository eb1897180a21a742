"""The strides of tensors as PyTorch lays them out, which tell a view from a copy.

Sizes and strides are those of one sample, the last axis last. A stride is the distance in elements from one position of
an axis to the next.
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import mul

Sizes = tuple[int, ...]
Strides = tuple[int, ...]


def contiguous(sizes: Sizes) -> Strides:
    """Return the strides of a tensor whose elements are in order, with the last axis fastest."""
    return tuple(accumulate(sizes[:0:-1], mul, initial=1))[::-1] if sizes else ()


def viewed(sizes: Sizes, strides: Strides, wanted: Sizes) -> Strides | None:
    """Return the strides of a view with ``wanted`` sizes; None if only a copy can have these sizes.

    The rule is that of torch.Tensor.view: neighbouring axes that follow one another in storage act as one axis, and any
    axis may be split.
    """
    stretches: list[tuple[int, int]] = []  # elements and stride of each joined axis, the last first
    for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
        if size == 1:
            continue
        if stretches and stride == stretches[-1][0] * stretches[-1][1]:
            stretches[-1] = (stretches[-1][0] * size, stretches[-1][1])
        else:
            stretches.append((size, stride))
    stretches.reverse()
    found: list[int] = []
    left, stride = 1, 1
    for size in reversed(wanted):
        if size > 1 and left == 1 and stretches:
            left, stride = stretches.pop()
        if left % size:
            return None
        found.append(stride)
        stride *= size
        left //= size
    return tuple(reversed(found))


def channels_last(sizes: Sizes) -> Strides:
    """Return the strides of torch.channels_last for ``sizes``, which have the channels first."""
    return moved(sizes, 0, -1)


def moved(sizes: Sizes, axis: int, to: int) -> Strides:
    """Return the strides of a tensor whose elements are in order once ``axis`` is moved to the place ``to``."""
    order = list(range(len(sizes)))
    order.insert(to % len(sizes), order.pop(axis))
    found = contiguous(tuple([sizes[each] for each in order]))
    return tuple([found[order.index(each)] for each in range(len(sizes))])


def is_channels_last(sizes: Sizes, strides: Strides) -> bool:
    """Return True if torch treats a batch of maps with two or three spatial axes as torch.channels_last."""
    if len(sizes) not in (3, 4) or not strides[0]:
        return False
    least = 0
    for size, stride in ((sizes[0], strides[0]), *reversed(list(zip(sizes[1:], strides[1:], strict=True)))):
        if stride < least:
            return False
        least = stride * size if size > 1 else stride
    return least != strides[0]


def spread(sizes: Sizes, strides: Strides, wanted: Sizes) -> Strides:
    """Return the strides of a tensor that is broadcast to ``wanted`` sizes, or cut to them: 0 along repeated axes."""
    new = len(wanted) - len(sizes)
    kept = zip(sizes, strides, wanted[new:], strict=True)
    return (0,) * new + tuple([stride if size >= along else 0 for size, stride, along in kept])


def in_order_of(operands: Sequence[Strides], sizes: Sizes) -> Strides:
    """Return the strides of a new tensor that torch computes element by element from ``operands``.

    The strides of each operand are already spread to ``sizes``. The axes of the result are in the order of those of the
    operands; the first operand whose strides differ for two axes decides their order.
    """
    first = operands[0]
    if all(strides == first for strides in operands) and _is_dense(sizes, first):
        return first
    fastest_first = list(range(len(sizes)))[::-1]
    for index in range(1, len(sizes)):
        at = index
        for other in reversed(range(index)):
            order = _compared(operands, sizes, fastest_first[other], fastest_first[at])
            if order < 0:
                break
            if order > 0:
                fastest_first[other], fastest_first[at] = fastest_first[at], fastest_first[other]
                at = other
    found, stride = [0] * len(sizes), 1
    for axis in fastest_first:
        found[axis] = stride
        stride *= sizes[axis]
    return tuple(found)


def _compared(operands: Sequence[Strides], sizes: Sizes, axis: int, other: int) -> int:
    """Return a number below 0 if ``axis`` is the faster axis, above 0 if ``other`` is, and 0 if no operand decides."""
    for strides in operands:
        if not strides[axis] or not strides[other]:
            continue
        if strides[axis] != strides[other]:
            return strides[axis] - strides[other]
        if sizes[axis] > sizes[other]:
            return 1
    return 0


def _is_dense(sizes: Sizes, strides: Strides) -> bool:
    """Return True if the elements fill their storage without a gap and without overlap."""
    wanted = 1
    for stride, size in sorted(zip(strides, sizes, strict=True)):
        if size > 1 and stride != wanted:
            return False
        wanted *= size
    return True
