"""pad: which axes grow, and what each mode can copy."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.pad import Pad
from calc.shape import Shape
from tests.calc.ops.drawing import either_end
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Spatial axes or any axes by dim; a number, one per axis, or a pair per axis."""
    ways = ["dim"] if x.rank else []
    if x.rank > 1 and x.channel_axis in (None, -x.rank):
        ways.append("number")
    counts = range(1, x.rank) if x.channel_axis is None else [-x.channel_axis - 1]
    if any(counts):
        ways.append("list")
    if not ways:
        return None
    arguments: dict[str, object] = {}
    way = draw(st.sampled_from(ways))
    if way == "dim":
        axes = draw(st.lists(st.integers(1, x.rank), min_size=1, unique=True))
        arguments["dim"] = [either_end(draw, axis, x.rank) for axis in axes]
        sizes = [x.sizes[axis - 1] for axis in axes]
    elif way == "number":
        sizes = list(x.sizes[1:])
    else:
        sizes = list(x.sizes[-draw(st.sampled_from(list(counts))) :])
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    room = [min(3, {"reflect": size - 1, "circular": size}.get(mode, 3)) for size in sizes]
    number = st.integers(0, min(room))
    each = [st.integers(0, most) | st.tuples(st.integers(0, most), st.integers(0, most)).map(list) for most in room]
    padding = draw(st.tuples(*each).map(list) if way == "list" else number | st.tuples(*each).map(list))
    if mode == "constant" and draw(st.booleans()):
        arguments["value"] = draw(st.sampled_from([1, -0.5]))
    if way == "number" and isinstance(padding, list) and x.channel_axis is None:
        padding = draw(number)
    return Drawn({**arguments, "padding": padding, "mode": mode})


@pytest.mark.parametrize(
    "x, arguments, expected",
    [
        (Shape((3, 8, 9), -3), {"padding": 2}, Shape((3, 2 + 8 + 2, 2 + 9 + 2), -3)),
        (Shape((3, 8, 9)), {"padding": 2}, Shape((3, 2 + 8 + 2, 2 + 9 + 2), -3)),
        (Shape((3, 8, 9), -3), {"padding": [1, [0, 3]]}, Shape((3, 1 + 8 + 1, 9 + 3), -3)),
        (Shape((5, 3, 8), -2), {"padding": [[1, 0]]}, Shape((5, 3, 1 + 8), -2)),
        (Shape((16, 8, 8), -3), {"padding": [8], "dim": 1}, Shape((8 + 16 + 8, 8, 8), -3)),
        (Shape((8, 9, 3), -1), {"padding": [[0, 6], [0, 5]], "dim": [1, 2]}, Shape((8 + 6, 9 + 5, 3), -1)),
        (Shape((3, 8), -2), {"padding": [7], "mode": "reflect"}, Shape((3, 7 + 8 + 7), -2)),
        (Shape((3, 8), -2), {"padding": [8], "mode": "circular"}, Shape((3, 8 + 8 + 8), -2)),
        (Shape((3, 8), -2), {"padding": [20], "mode": "replicate"}, Shape((3, 20 + 8 + 20), -2)),
    ],
)
def test_shape(x: Shape, arguments: dict[str, object], expected: Shape) -> None:
    assert Pad(**arguments).output_shape((x,)) == expected


@pytest.mark.parametrize(
    "x, arguments, fact",
    [
        (Shape((3, 8), -2), {"padding": [8], "mode": "reflect"}, "padding=8 is more than the 7 that mode=reflect"),
        (Shape((3, 8), -2), {"padding": [9], "mode": "circular"}, "padding=9 is more than the 8 that mode=circular"),
        (Shape((8, 9, 3), -1), {"padding": 1}, "needs its channels on axis -3"),
        (Shape((3, 8, 9), -3), {"padding": [1]}, "needs its channels on axis -2"),
        (Shape((3, 8)), {"padding": [1, 1]}, "got 2 axes"),
        (Shape((3,), -1), {"padding": 1}, "needs spatial axes after the channels"),
        (Shape((3, 8)), {"padding": [1], "dim": [1, 2]}, "padding has 1 values for 2 spatial axes"),
        (Shape((3, 8)), {"padding": 1, "dim": [1, -2]}, "names an axis of the input 3×8 twice"),
    ],
)
def test_refuses_inputs(x: Shape, arguments: dict[str, object], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Pad(**arguments).output_shape((x,))


def test_refuses_a_value_that_is_not_used() -> None:
    with pytest.raises(OpError, match=r"value=1\.0 has no effect with mode=reflect"):
        Pad(padding=1, mode="reflect", value=1)
