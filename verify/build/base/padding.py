"""Padding as a spec writes it, for torch.nn.functional.pad."""

from collections.abc import Sequence

Padding = int | Sequence[int | tuple[int, int]] | str


def per_side(padding: Padding) -> bool:
    """Whether ``padding`` has a [before, after] pair, which torch.nn's modules do not take."""
    return isinstance(padding, (list, tuple)) and any(isinstance(axis, tuple) for axis in padding)


def pad_argument(padding: Padding, kernel_size: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """The list that F.pad wants: (before, after) of the last axis first."""
    pairs: list[tuple[int, int]] = []
    for axis, (kernel, step) in enumerate(zip(kernel_size, dilation, strict=True)):
        if padding == "valid":
            pairs.append((0, 0))
        elif padding == "same":
            reach = step * (kernel - 1)
            pairs.append((reach // 2, (reach + 1) // 2))
        elif isinstance(padding, int):
            pairs.append((padding, padding))
        else:
            written = padding[axis]
            pairs.append((written, written) if isinstance(written, int) else (int(written[0]), int(written[1])))
    return [side for pair in reversed(pairs) for side in pair]


def each_axis(value: int | Sequence[int], axes: int) -> list[int]:
    """``value`` once an axis."""
    return [value] * axes if isinstance(value, int) else list(value)
