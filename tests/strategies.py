"""Drawing of inputs and layers for the property tests. No torch: what is drawn is checked against it."""

from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from hypothesis import strategies as st

from calc.ops import FILES, WORDS
from calc.shape import Shape

UNBUILT = ("opaque",)
"""Ops that nobody can build: what they compute is not known."""
BUILT = tuple([word for word in WORDS if word not in UNBUILT])


class Drawn(NamedTuple):
    """Arguments an op accepts for the shape that arrives; ``others`` are the shapes of its further inputs."""

    arguments: dict[str, Any]
    others: tuple[Shape, ...] = ()


def import_drawing() -> None:
    """Import every op's test module now: inside a running property hypothesis would refuse their own."""
    for word in FILES:
        _test_of(word)


def draw_arguments(draw: st.DrawFn, word: str, x: Shape) -> Drawn | None:
    """Arguments of op ``word`` for ``x`` as its test module draws them, None where it cannot follow.

    The test of a family is told which of its words is meant.
    """
    of_family = [word] if list(FILES.values()).count(FILES[word]) > 1 else []
    drawn: Drawn | None = _test_of(word).draw_arguments(draw, x, *of_family)
    return drawn


def _test_of(word: str) -> ModuleType:
    return import_module(f"tests.calc.ops.test_{FILES[word]}")


_sizes = st.integers(3, 9)
_channels = st.sampled_from([1, 2, 3, 4, 6, 8])


@st.composite
def input_shapes(draw: st.DrawFn) -> Shape:
    """Maps of one to three axes, odd, even and not square, channels first; or last, tokens among them."""
    channels = draw(_channels)
    spatial = draw(st.lists(_sizes, min_size=1, max_size=3))
    if draw(st.integers(0, 4)) == 0:
        return Shape((*spatial, channels), -1)
    return Shape((channels, *spatial), -1 - len(spatial))
