"""Computes sliding windows along one axis: the size of the output, and the number of taps on data.

Formulas: the documentation of torch.nn.Conv2d, MaxPool2d and ConvTranspose2d. The counts of taps are derived here, and
the tests compare them with a loop over every window.
"""

from functools import lru_cache

from calc.errors import OpError
from calc.recorded import maximum, minimum

Pair = tuple[int, int]
_FEW_TAPS = 16
"""Up to this number, taps are counted one by one, which is simpler."""


def window_span(kernel: int, dilation: int) -> int:
    """Return the number of positions that one window covers."""
    return dilation * (kernel - 1) + 1


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> Pair:
    """Return TensorFlow's SAME padding: the least that gives ⌈size / stride⌉ windows, an extra position at the end.

    At stride 1 this equals PyTorch's ``padding='same'`` for every size. Formula: tf.nn.convolution's documentation.
    """
    windows = -(-size // stride)
    total = maximum((windows - 1) * stride + window_span(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def window_count(
    size: int, kernel: int, stride: int, padding: Pair, dilation: int, axis_name: str, ceil: bool = False
) -> int:
    """Return the number of windows along one axis. Raises OpError if the window is larger than the padded input.

    With ``ceil``, a last partial window counts too, unless it starts in the padding after the data. A window may then
    be larger than the input by less than one stride.
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
    return count - ((count - 1) * stride >= size + before) if ceil else count


@lru_cache(maxsize=65536)
def taps_inside(windows: int, kernel: int, stride: int, before: int, dilation: int, size: int) -> int:
    """Return the number of pairs (window, tap) that meet one of ``size`` positions. The first window starts ``before``
    them.

    For a convolution, the windows are its outputs, and the positions are its data without padding. For a transposed
    convolution, the windows are its inputs, and the positions are its output without what ``padding`` crops.
    """
    if kernel <= _FEW_TAPS:
        starts = [before - tap * dilation for tap in range(kernel)]
        ends = [(_windows_below(start + size, windows, stride), start) for start in starts]
        return sum([below - _windows_below(start, windows, stride) for below, start in ends])
    moved = (windows, stride, kernel, dilation)
    return _pairs_below(before + size, *moved) - _pairs_below(before, *moved)


def _windows_below(end: int, windows: int, stride: int) -> int:
    """Return the number of windows whose first position, a multiple of ``stride``, is below ``end``."""
    return minimum(windows, maximum(0, -(-end // stride)))


def _pairs_below(end: int, windows: int, stride: int, kernel: int, dilation: int) -> int:
    """Return in closed form the number of pairs (window, tap) with window · stride + tap · dilation < ``end``."""
    # taps that are below in every window
    whole = min(kernel, max(0, (end - 1 - (windows - 1) * stride) // dilation + 1))
    some = min(kernel, max(0, (end - 1) // dilation + 1))
    last = some - 1
    return whole * windows + (some - whole) + _floor_sum(some - whole, stride, dilation, end - 1 - last * dilation)


def _floor_sum(terms: int, divisor: int, step: int, start: int) -> int:
    """Return Σ ⌊(start + i · step) / divisor⌋ over i < ``terms``, computed like Euclid's algorithm.

    Graham, Knuth, Patashnik, "Concrete Mathematics", 3.5.
    """
    total = 0
    while terms:
        total += step // divisor * (terms * (terms - 1) // 2) + start // divisor * terms
        step, start = step % divisor, start % divisor
        terms, start = divmod(step * terms + start, divisor)
        divisor, step = step, divisor
    return total
