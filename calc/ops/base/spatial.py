"""The common part of ops over one to three spatial axes: names of the axes, padding, and a class for each rank."""

from typing import Any, TypeVar

from calc.ops.base import Op, class_name
from calc.ops.base.windows import Pair, same_padding

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_LAYOUTS = {rank: f"(channels, {', '.join(names)})" for rank, names in AXES.items()}

Family = TypeVar("Family", bound=Op)


def each_rank(family: type[Family], word: str, summary: str) -> tuple[type[Family], type[Family], type[Family]]:
    """Return the classes of ``family`` over 1, 2 and 3 spatial axes: ``conv`` gives Conv1d, Conv2d and Conv3d.

    ``summary`` is the docstring of each, in which ``{axes}`` is replaced by words such as "2 spatial axes". The module
    of ``family`` has to bind the classes to their names, because `calc.ops` and pickle look for them there.
    """
    one, two, three = [_of_rank(family, word, summary, rank) for rank in AXES]
    return one, two, three


def _of_rank(family: type[Family], word: str, summary: str, rank: int) -> type[Family]:
    settings = {
        "__doc__": summary.format(axes=f"{rank} spatial {'axis' if rank == 1 else 'axes'}"),
        "__module__": family.__module__,
        "word": f"{word}{rank}d",
        "rank": rank,
    }
    return type(class_name(f"{word}{rank}d"), (family,), settings)


def layout(rank: int) -> str:
    """Return the channels-first layout in words, for messages."""
    return _LAYOUTS[rank]


def paddings_of(padding: Any, sizes: tuple[int, ...], kernel_size: Any, stride: Any, dilation: Any) -> tuple[Pair, ...]:
    """Return (before, after) per spatial axis of ``sizes``, from the fields as in a spec."""
    rank = len(sizes)
    if padding == "valid":
        return ((0, 0),) * rank
    if padding == "same":
        fields = [each(field, rank) for field in (kernel_size, stride, dilation)]
        return tuple([same_padding(*axis) for axis in zip(sizes, *fields, strict=True)])
    return tuple([one if isinstance(one, tuple) else (one, one) for one in each(padding, rank)])


def each(value: Any, rank: int) -> tuple[Any, ...]:
    """Return ``value`` repeated for each axis, unless it has one value per axis already."""
    return value if isinstance(value, tuple) else (value,) * rank
