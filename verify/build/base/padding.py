"""Converts the padding of a spec for torch.nn.functional.pad."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Padding = int | Sequence[int | tuple[int, int]] | str


def per_side(padding: Padding) -> bool:
    """Return whether ``padding`` has a [before, after] pair, which torch.nn's modules do not accept."""
    return isinstance(padding, (list, tuple)) and any(isinstance(axis, tuple) for axis in padding)


class Window(NamedTuple):
    """A sliding window along one axis."""

    kernel: int
    stride: int
    dilation: int

    def same(self, size: int) -> tuple[int, int]:
        """Return the padding before and after ``size`` positions for ``same``, with the larger half after them."""
        windows = (size + self.stride - 1) // self.stride
        end = self.stride * (windows - 1) + self.dilation * (self.kernel - 1) + 1
        lacking = max(0, end - size)
        return lacking // 2, (lacking + 1) // 2


def windows_of(op: Any, axes: int) -> list[Window]:
    """Return the window of ``op``, a convolution or a pool, along each axis.

    Without a stride, the stride is the kernel.
    """
    stride = op.kernel_size if op.stride is None else op.stride
    fields = (op.kernel_size, stride, getattr(op, "dilation", 1))
    return [Window(*axis) for axis in zip(*(each_axis(field, axes) for field in fields), strict=True)]


def padded_by_hand(padding: Padding, windows: Sequence[Window]) -> bool:
    """Return whether torch.nn's convolutions do not accept ``padding``: pairs, or ``same`` with a stride."""
    return per_side(padding) or (padding == "same" and any(window.stride > 1 for window in windows))


def pad_argument(padding: Padding, windows: Sequence[Window], sizes: Sequence[int]) -> list[int]:
    """Return the argument of F.pad for data of ``sizes``: before and after each axis, the last axis first."""
    pairs: list[tuple[int, int]] = []
    for axis, (window, size) in enumerate(zip(windows, sizes, strict=True)):
        if padding == "valid":
            pairs.append((0, 0))
        elif padding == "same":
            pairs.append(window.same(size))
        elif isinstance(padding, int):
            pairs.append((padding, padding))
        else:
            written = padding[axis]
            pairs.append((written, written) if isinstance(written, int) else (int(written[0]), int(written[1])))
    return [side for pair in reversed(pairs) for side in pair]


def each_axis(value: int | Sequence[int], axes: int) -> list[int]:
    """Return ``value`` as a list with one number for each axis."""
    return [value] * axes if isinstance(value, int) else list(value)
