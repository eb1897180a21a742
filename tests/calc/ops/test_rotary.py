"""rotary: the shape stays, the turned elements count, no parameters."""

from typing import Any

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.rotary import Rotary
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Heads of at least one pair, of which all features or some are turned."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    heads = [n for n in divisors(x.sizes[-1]) if x.sizes[-1] // n > 1]
    if not heads:
        return None
    arguments: dict[str, Any] = {"heads": draw(st.sampled_from(heads))}
    features = x.sizes[-1] // arguments["heads"]
    fractions = [some for some in (1.0, 0.5, 0.25, 0.75) if int(features * some) in range(2, features + 1, 2)]
    if not fractions:
        return None
    return Drawn(
        {
            **arguments,
            "fraction": draw(st.sampled_from(fractions)),
            "base": draw(st.sampled_from([10000, 500.5])),
            "interleaved": draw(st.booleans()),
            "persistent": draw(st.booleans()),
            "start": draw(st.integers(0, 3)),
        }
    )


@pytest.mark.parametrize(
    "x, arguments, turned",
    [
        (Shape((16, 64), -1), {}, 16 * 64),
        (Shape((16, 64), -1), {"heads": 4}, 16 * 64),
        (Shape((16, 64), -1), {"heads": 4, "fraction": 0.25, "interleaved": True}, 16 * 4 * 4),
        (Shape((4, 16, 20)), {"fraction": 0.5}, 4 * 16 * 10),
        (Shape((9, 7 * 80), -1), {"heads": 7, "fraction": 0.4}, 9 * 7 * 32),
    ],
)
def test_turned_elements(x: Shape, arguments: dict[str, Any], turned: int) -> None:
    op = Rotary(**arguments)
    output = op.output_shape((x,))
    assert output == Shape(x.sizes, -1)
    assert op.elementwise((x,), output) == {"rotary": turned}
    assert op.macs((x,), output) == ()
    assert op.parameters((x,)) == op.buffers((x,)) == {}


def test_frequencies_that_are_kept() -> None:
    assert Rotary(heads=4, fraction=0.5, persistent=True).buffers((Shape((9, 4 * 24), -1),)) == {"inv_freq": (24 // 4,)}


@pytest.mark.parametrize(
    "x, arguments, fact",
    [
        (Shape((16, 64), -1), {"heads": 5}, "heads=5 does not divide channels=64"),
        (Shape((16, 63), -1), {}, "fraction=1.0 of 63 features per head is 63: it must be even and above 0"),
        (
            Shape((16, 64), -1),
            {"heads": 4, "fraction": 0.2},
            "fraction=0.2 of 16 features per head is 3: it must be even and above 0",
        ),
        (
            Shape((16, 64), -1),
            {"heads": 64, "fraction": 0.5},
            "fraction=0.5 of 1 features per head is 0: it must be even and above 0",
        ),
        (Shape((64,), -1), {}, "needs (…, tokens, channels), got 1 axis (64)"),
    ],
)
def test_refused_inputs(x: Shape, arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Rotary(**arguments).output_shape((x,))
    assert caught.value.fact == fact


def test_refuses_channels_that_stand_first() -> None:
    with pytest.raises(OpError, match="those of the input 64×16 are on axis -2"):
        Rotary().output_shape((Shape((64, 16), -2),))


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"fraction": 0}, "fraction=0.0: must be above 0 and at most 1"),
        ({"fraction": 1.5}, "fraction=1.5: must be above 0 and at most 1"),
        ({"base": 0}, "base=0.0: must be above 0"),
    ],
)
def test_refused_arguments(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Rotary(**arguments)
    assert caught.value.fact == fact
