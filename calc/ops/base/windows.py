"""Sliding windows along one axis: output sizes, and how many taps fall on data.

Formulas: the documentation of torch.nn.Conv2d, MaxPool2d and ConvTranspose2d; the counts of taps are
this module's own, checked in the tests against a loop over every window.
"""

from functools import lru_cache

from calc.errors import OpError

Pair = tuple[int, int]


def window_span(kernel: int, dilation: int) -> int:
    """Positions one window covers."""
    return dilation * (kernel - 1) + 1


def same_padding(kernel: int, dilation: int) -> Pair:
    """PyTorch's ``padding='same'``: the odd position goes after."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def window_count(
    size: int, kernel: int, stride: int, padding: Pair, dilation: int, axis_name: str, ceil: bool = False
) -> int:
    """Windows along one axis. Raises OpError where the window is larger than the padded input.

    With ``ceil`` a last partial window counts too, unless it starts in the padding after the data; so a
    window may then be larger than the input by less than a stride.
    """
    before, after = padding
    span = window_span(kernel, dilation)
    room = size + before + after - span
    count = (room + stride - 1 if ceil else room) // stride + 1
    if count < 1:
        raise OpError(
            f"a window of {span} (kernel {kernel}, dilation {dilation}) is larger than "
            f"the padded {axis_name} {size + before + after} ({before} + {size} + {after})"
        )
    if ceil and (count - 1) * stride >= size + before:
        count -= 1
    return count


@lru_cache(maxsize=65536)
def taps_on_data(size: int, outputs: int, kernel: int, stride: int, before: int, dilation: int) -> int:
    """Pairs (window, tap) along one axis whose position holds data and not padding."""
    total = 0
    for tap in range(kernel):
        offset = tap * dilation - before
        first = max(0, -(offset // stride))
        last = min(outputs - 1, (size - 1 - offset) // stride)
        total += max(0, last - first + 1)
    return total


@lru_cache(maxsize=65536)
def taps_kept(size: int, outputs: int, kernel: int, stride: int, before: int, dilation: int) -> int:
    """Pairs (input position, tap) of a transposed convolution that land inside its cropped output."""
    total = 0
    for tap in range(kernel):
        offset = tap * dilation - before
        first = max(0, -(offset // stride))
        last = min(size - 1, (outputs - 1 - offset) // stride)
        total += max(0, last - first + 1)
    return total
