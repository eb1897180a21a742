"""What several drawing functions share."""

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
