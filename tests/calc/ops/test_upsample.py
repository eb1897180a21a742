"""upsample: sizes by factor, rounded down, or as given."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.upsample import Upsample
from calc.shape import Shape
from tests.calc.ops.drawing import per_axis
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any mode for the rank; a size, another input's, or factors that leave at least one position."""
    spatial = x.rank - 1
    if spatial not in (1, 2, 3) or x.channel_axis not in (None, -x.rank):
        return None
    modes = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[spatial]
    arguments = {"mode": draw(st.sampled_from(["nearest", "nearest-exact", "area", *modes, *modes]))}
    if arguments["mode"] in modes and draw(st.booleans()):
        arguments["align_corners"] = draw(st.booleans())
    if arguments["mode"] in ("bilinear", "bicubic"):
        arguments["antialias"] = draw(st.booleans())
    if draw(st.booleans()):
        return Drawn({**arguments, "size": per_axis(draw, st.integers(1, 9), spatial)})
    if draw(st.booleans()):
        sizes = draw(st.lists(st.integers(1, 9), min_size=spatial, max_size=spatial))
        return Drawn(arguments, (Shape((draw(st.integers(1, 4)), *sizes), -x.rank),))
    least = 1.0 if min(x.sizes[1:]) == 1 else 0.5
    factor = st.sampled_from([1, 2, 3]) | st.floats(least, 3)
    factors = draw(factor | st.lists(factor, min_size=spatial, max_size=spatial))
    return Drawn({**arguments, "scale_factor": factors})


@pytest.mark.parametrize(
    "arguments, spatial",
    [
        ({"scale_factor": 2}, (10 * 2, 7 * 2)),
        ({"scale_factor": [2, 1.5]}, (10 * 2, 7 * 3 // 2)),
        ({"scale_factor": 0.3}, (3, 2)),
        ({"scale_factor": 0.15}, (1, 1)),
        ({"scale_factor": 0.5, "mode": "area"}, (5, 3)),
        ({"scale_factor": 0.5, "mode": "bicubic", "antialias": True}, (5, 3)),
        ({"size": 5}, (5, 5)),
        ({"size": [5, 6], "mode": "bilinear", "align_corners": True}, (5, 6)),
    ],
)
def test_shape(arguments: dict[str, object], spatial: tuple[int, int]) -> None:
    op = Upsample(**arguments)
    output = op.output_shape((Shape((3, 10, 7), -3),))
    assert output == Shape((3, *spatial), -3)
    assert op.elementwise((Shape((3, 10, 7), -3),), output) == {"upsample": 3 * spatial[0] * spatial[1]}


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"size": 4, "scale_factor": 2}, "takes size=4 or scale_factor=2.0, not both"),
        ({"size": 4, "align_corners": True}, "align_corners=true has no effect with mode=nearest"),
        ({"size": 4, "align_corners": False, "mode": "area"}, "align_corners=false has no effect with mode=area"),
        (
            {"size": 4, "antialias": True, "mode": "area"},
            "antialias=true needs mode=bilinear or bicubic, got mode=area",
        ),
    ],
)
def test_refuses_fields(arguments: dict[str, object], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Upsample(**arguments)


@pytest.mark.parametrize(
    "arguments, x, fact",
    [
        ({"size": 4, "mode": "bilinear"}, Shape((3, 10)), "mode=bilinear needs 2 spatial axes"),
        ({"size": 4}, Shape((3,)), "mode=nearest needs 1 or 2 or 3 spatial axes"),
        (
            {"size": 4, "mode": "trilinear"},
            Shape((3, 10, 7)),
            "mode=trilinear needs 3 spatial axes .*, the input is 3×10×7",
        ),
        ({"size": [4, 4, 4]}, Shape((3, 10, 7)), "size has 3 values for 2 spatial axes"),
        ({"scale_factor": 0.1}, Shape((3, 10, 7)), "scale_factor=0.1 leaves 1×0 of 10×7"),
        ({"scale_factor": 1e308}, Shape((3, 10, 7)), r"scale_factor=1e\+308 is too large for 10×7"),
        ({"scale_factor": [1, -1e308]}, Shape((3, 10, 7)), r"scale_factor=\[1.0, -1e\+308\] is too large for 10×7"),
        ({"size": 4}, Shape((10, 7, 3), -1), "needs its channels on axis -3"),
        ({}, Shape((3, 10, 7)), "needs size, scale_factor or a second input, got none of them"),
    ],
)
def test_refuses_inputs(arguments: dict[str, object], x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Upsample(**arguments).output_shape((x,))


def test_sizes_of_a_second_input() -> None:
    inputs = (Shape((3, 10, 7), -3), Shape((8, 20, 15), -3))
    assert Upsample(mode="bilinear").output_shape(inputs) == Shape((3, 20, 15), -3)


@pytest.mark.parametrize(
    "arguments, like, fact",
    [
        ({"size": 4}, Shape((8, 20, 15), -3), "takes its sizes from the second input"),
        ({"scale_factor": 2}, Shape((8, 20, 15), -3), "takes its sizes from the second input"),
        ({}, Shape((8, 20), -2), r"the second input has 2 axes \(8×20\), but the first has 3"),
        ({}, Shape((20, 15, 8), -1), "needs its channels on axis -3"),
    ],
)
def test_refuses_second_inputs(arguments: dict[str, object], like: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Upsample(**arguments).output_shape((Shape((3, 10, 7), -3), like))
