"""What the drawing of several ops shares."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.shape import Shape


def drawn_dim(draw: DrawFn, x: Shape, extra: int = 0) -> int:
    """An axis of ``x`` in PyTorch's numbering, counted from either end; ``extra`` as in dim_from_end."""
    return either_end(draw, draw(st.integers(1, x.rank + extra)), x.rank + extra)


def either_end(draw: DrawFn, dim: int, rank: int) -> int:
    """``dim`` or the negative number of the same axis."""
    return dim - rank - 1 if draw(st.booleans()) else dim


def divisors(n: int, largest: int = 64) -> list[int]:
    """The divisors of ``n`` up to ``largest``."""
    return [d for d in range(1, min(n, largest) + 1) if n % d == 0]


def per_axis(draw: DrawFn, values: st.SearchStrategy[int], axes: int) -> int | list[int]:
    """One value for all axes, or a list with one each."""
    return draw(st.one_of(values, st.lists(values, min_size=axes, max_size=axes)))


def draw_written(draw: DrawFn, values: list[Any]) -> Any:
    """``values`` as a spec may write them: one an axis, or a single one where all are equal."""
    alike = all(value == values[0] for value in values)
    return values[0] if alike and draw(st.booleans()) else values


def draw_each(draw: DrawFn, count: int, low: int, high: int) -> list[int]:
    """``count`` integers; half of the time all the same."""
    if draw(st.booleans()):
        return [draw(st.integers(low, high))] * count
    return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))


def channels_precede(x: Shape, rank: int) -> bool:
    """Whether ``x`` has channels, or an unknown axis, right before ``rank`` spatial axes."""
    return x.rank > rank and x.channel_axis in (None, -rank - 1)


def channels_first(x: Shape, spatial_axes: int = 0) -> bool:
    """Whether ``x`` has channels, or an unknown axis, right after the batch and so many axes after them."""
    return x.rank > spatial_axes and x.channel_axis in (None, -x.rank)


def draw_padding(draw: DrawFn, pairs: list[tuple[int, int]]) -> Any:
    """``pairs`` in one of the forms that can say them."""
    if any(before != after for before, after in pairs):
        return [list(pair) if pair[0] != pair[1] or draw(st.booleans()) else pair[0] for pair in pairs]
    return draw_written(draw, [before for before, _ in pairs])


def draw_pairs(draw: DrawFn, most: list[int]) -> list[tuple[int, int]]:
    """(before, after) an axis, each at most ``most``."""
    if draw(st.booleans()):
        return [(both, both) for both in (draw(st.integers(0, limit)) for limit in most)]
    return [(draw(st.integers(0, limit)), draw(st.integers(0, limit))) for limit in most]


def draw_weights(
    draw: DrawFn, in_channels: int, kernel: list[int], transposed: bool
) -> tuple[dict[str, Any], tuple[Shape, ...]]:
    """out_channels, kernel_size, groups and bias, and the weight and bias that arrive."""
    groups = draw(st.sampled_from(divisors(in_channels)))
    out_channels = groups * draw(st.integers(1, 3))
    weight = (
        (in_channels, out_channels // groups, *kernel) if transposed else (out_channels, in_channels // groups, *kernel)
    )
    arguments = {
        "out_channels": out_channels,
        "kernel_size": draw_written(draw, kernel),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    arriving = draw(st.sampled_from([0, 0, 0, 1, 2]))
    return arguments, (Shape(weight), Shape((out_channels,)))[:arriving]
