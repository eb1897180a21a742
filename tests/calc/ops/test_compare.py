"""compare: the broadcast shape, nothing counted, numbers or integers."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.compare import Compare
from calc.shape import Shape
from calc.spec import expand, loads
from tests.calc.ops.checks import chw
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """A value, or a tensor that broadcasts with ``x``."""
    arguments = {
        "operator": draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])),
        "dtype": draw(st.sampled_from(["float32", "float32", "int64"])),
    }
    if draw(st.booleans()):
        return Drawn(arguments | {"value": draw(st.sampled_from([-0.5, 0.25, 1]))})
    rank = draw(st.integers(0, x.rank))
    return Drawn(arguments, (Shape(tuple(draw(st.sampled_from([1, size])) for size in x.sizes[x.rank - rank :])),))


@pytest.mark.parametrize(
    "x, other, expected",
    [(chw(8, 7, 5), chw(8, 7, 5), chw(8, 7, 5)), (chw(8, 7, 5), Shape((5,)), chw(8, 7, 5))],
)
def test_shape(x: Shape, other: Shape, expected: Shape) -> None:
    op = Compare(operator="lt")
    assert op.output_shape((x, other)) == Compare(operator="ge", value=0).output_shape((x,)) == expected
    assert op.elementwise((x, other), expected) == {}
    assert op.macs((x, other), expected) == ()


@pytest.mark.parametrize(
    "value, inputs, fact",
    [
        (None, (chw(4, 8, 8),), "takes 2 inputs (x, other), or 1 and a value, got 1"),
        (0, (chw(4, 8, 8),) * 2, "value=0.0 takes 1 input, got 2"),
        (None, (chw(4, 8, 8), chw(5, 8, 8)), "the inputs 4×8×8 and 5×8×8 do not broadcast: 4 against 5"),
    ],
)
def test_refused_inputs(value: float | None, inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Compare(operator="eq", value=value).output_shape(inputs)
    assert caught.value.fact == fact


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_ids_become_a_mask_or_further_ids(dtype: str) -> None:
    text = f"""
name: net
input: {{shape: [7], dtype: int64}}
layers:
  mask: {{compare: {{operator: ne, value: 0, dtype: {dtype}}}}}
"""
    (mask,) = expand(loads(text)).layers
    assert mask.output.dtype == dtype
    assert mask.shape.sizes == (7,)
