"""Drawing of arguments, shared by the tests of a family of ops."""

from typing import Any

from hypothesis import strategies as st

from calc.shape import Shape
from tests.strategies import Drawn


def draw_written(draw: st.DrawFn, values: list[Any]) -> Any:
    """``values`` as a spec may write them: one an axis, or a single one where all are equal."""
    alike = all(value == values[0] for value in values)
    return values[0] if alike and draw(st.booleans()) else values


def draw_each(draw: st.DrawFn, count: int, low: int, high: int) -> list[int]:
    """``count`` integers; half of the time all the same."""
    if draw(st.booleans()):
        return [draw(st.integers(low, high))] * count
    return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))


def divisors(number: int) -> list[int]:
    """All divisors of ``number``."""
    return [n for n in range(1, number + 1) if number % n == 0]


def channels_precede(x: Shape, rank: int) -> bool:
    """Whether ``x`` has channels, or an unknown axis, right before ``rank`` spatial axes."""
    return x.rank > rank and x.channel_axis in (None, -rank - 1)


def channels_first(x: Shape, spatial_axes: int = 0) -> bool:
    """Whether ``x`` has channels, or an unknown axis, right after the batch and so many axes after them."""
    return x.rank > spatial_axes and x.channel_axis in (None, -x.rank)


def draw_padding(draw: st.DrawFn, pairs: list[tuple[int, int]]) -> Any:
    """``pairs`` in one of the forms that can say them."""
    if any(before != after for before, after in pairs):
        return [list(pair) if pair[0] != pair[1] or draw(st.booleans()) else pair[0] for pair in pairs]
    return draw_written(draw, [before for before, _ in pairs])


def draw_pairs(draw: st.DrawFn, most: list[int]) -> list[tuple[int, int]]:
    """(before, after) an axis, each at most ``most``."""
    if draw(st.booleans()):
        return [(both, both) for both in (draw(st.integers(0, limit)) for limit in most)]
    return [(draw(st.integers(0, limit)), draw(st.integers(0, limit))) for limit in most]


def draw_convolution(draw: st.DrawFn, x: Shape, rank: int) -> Drawn | None:
    """Arguments of a convolution over ``rank`` axes; its weight, or weight and bias, sometimes arrive."""
    if not channels_precede(x, rank):
        return None
    sizes = x.sizes[-rank:]
    mode = draw(st.sampled_from(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"]))
    longest = {"reflect": [size - 1 for size in sizes], "circular": list(sizes)}.get(mode, [3] * rank)
    pairs = draw_pairs(draw, [min(3, most) for most in longest])
    dilation = draw_each(draw, rank, 1, 3)
    room = [(size + sum(pair) - 1) // step + 1 for size, pair, step in zip(sizes, pairs, dilation, strict=True)]
    kernel = [draw(st.integers(1, min(5, most))) for most in room]
    stride = draw_each(draw, rank, 1, 3)
    padding = draw_padding(draw, pairs)
    word = draw(st.sampled_from(["", "", "", "same", "valid"]))
    same = [step * (k - 1) for step, k in zip(dilation, kernel, strict=True)]
    if word == "same" and all((reach + 1) // 2 <= most for reach, most in zip(same, longest, strict=True)):
        padding, stride = word, [1] * rank
    if word == "valid" and all(reach < size for reach, size in zip(same, sizes, strict=True)):
        padding = word
    arguments, others = draw_weights(draw, x.sizes[-rank - 1], kernel, transposed=False)
    arguments |= {
        "stride": draw_written(draw, stride),
        "padding": padding,
        "dilation": draw_written(draw, dilation),
        "padding_mode": mode,
    }
    return Drawn(arguments, others)


def draw_conv_transpose(draw: st.DrawFn, x: Shape, rank: int) -> Drawn | None:
    """Arguments of a transposed convolution over ``rank`` axes."""
    if not channels_precede(x, rank):
        return None
    kernel, stride, dilation = (draw_each(draw, rank, 1, 4) for _ in range(3))
    extra = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    padding = [
        draw(st.integers(0, min(3, ((size - 1) * s + d * (k - 1) + e) // 2)))
        for size, k, s, d, e in zip(x.sizes[-rank:], kernel, stride, dilation, extra, strict=True)
    ]
    arguments, others = draw_weights(draw, x.sizes[-rank - 1], kernel, transposed=True)
    arguments |= {
        "stride": draw_written(draw, stride),
        "padding": draw_written(draw, padding),
        "output_padding": draw_written(draw, extra),
        "dilation": draw_written(draw, dilation),
    }
    return Drawn(arguments, others)


def draw_weights(
    draw: st.DrawFn, in_channels: int, kernel: list[int], transposed: bool
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


def draw_pool(draw: st.DrawFn, x: Shape, rank: int, dilated: bool = False) -> Drawn | None:
    """kernel_size, stride, padding, ceil_mode and dilation of a pool over ``rank`` axes."""
    if not channels_precede(x, rank):
        return None
    ceil_mode = draw(st.booleans())
    stride = draw_each(draw, rank, 1, 4)
    # a dilation larger than the input could leave a window on padding alone, whose maximum is −∞
    dilation = [draw(st.integers(1, min(3, size))) if dilated else 1 for size in x.sizes[-rank:]]
    # with ceil_mode a window may hang over the end by less than a stride, except in avg_pool3d
    over = [step - 1 if ceil_mode and (dilated or rank < 3) else 0 for step in stride]
    reach = [size + more for size, more in zip(x.sizes[-rank:], over, strict=True)]
    kernel = [draw(st.integers(1, min(4, (most - 1) // d + 1))) for most, d in zip(reach, dilation, strict=True)]
    pairs = draw_pairs(draw, [k // 2 for k in kernel])
    arguments: dict[str, Any] = {
        "kernel_size": draw_written(draw, kernel),
        "stride": draw_written(draw, stride),
        "padding": draw_padding(draw, pairs),
        "ceil_mode": ceil_mode,
    }
    if draw(st.integers(0, 5)) == 0 and all(
        d * (k - 1) + 1 <= 2 * (k // 2) + 1 for d, k in zip(dilation, kernel, strict=True)
    ):
        arguments |= {"padding": "same", "stride": 1, "ceil_mode": False}
    elif draw(st.integers(0, 8)) == 0:
        arguments["padding"] = "valid"
    if dilated:
        arguments["dilation"] = draw_written(draw, dilation)
    if (
        arguments["padding"] != "same"
        and draw(st.booleans())
        and all(d * (k - 1) < size for size, k, d in zip(x.sizes[-rank:], kernel, dilation, strict=True))
    ):
        del arguments["stride"]
    return Drawn(arguments)


def draw_avg_pool(draw: st.DrawFn, x: Shape, rank: int) -> Drawn | None:
    """draw_pool, and what divides the sum."""
    drawn = draw_pool(draw, x, rank)
    if drawn is None:
        return None
    drawn.arguments["count_include_pad"] = draw(st.booleans())
    if rank > 1:
        drawn.arguments["divisor_override"] = draw(st.none() | st.integers(1, 9))
    return drawn


def draw_adaptive_pool(draw: st.DrawFn, x: Shape, rank: int) -> Drawn | None:
    """output_size of an adaptive pool, sometimes larger than the input."""
    if not channels_precede(x, rank):
        return None
    size = st.none() | st.integers(1, 7)
    wanted = draw(st.lists(size, min_size=rank, max_size=rank))
    return Drawn({"output_size": draw_written(draw, wanted)})


def draw_arithmetic(draw: st.DrawFn, x: Shape, most: int) -> Drawn:
    """A value, or up to ``most`` further inputs that broadcast with ``x``."""
    if draw(st.booleans()):
        return Drawn({"value": draw(st.sampled_from([-2, 0.5, 1, 3]))})
    target = [draw(st.integers(1, 3)) if size == 1 else size for size in x.sizes]
    others = []
    for _ in range(draw(st.integers(1, most))):
        rank = draw(st.integers(0, len(target)))
        others.append(Shape(tuple(draw(st.sampled_from([1, size])) for size in target[len(target) - rank :])))
    return Drawn({}, tuple(others))
