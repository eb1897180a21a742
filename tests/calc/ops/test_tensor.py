"""tensor: a parameter or buffer of the network's own."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base.fields import FieldError
from calc.ops.tensor import Tensor
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A tensor that broadcasts with ``x``, which it does not read."""
    sizes = [draw(st.sampled_from([1, size])) for size in x.sizes[draw(st.integers(0, x.rank)) :]] or [1]
    arguments = {"shape": sizes, "buffer": draw(st.booleans())}
    channels = draw(st.sampled_from([None, "first", "last", 1]))
    return Drawn(arguments if channels is None else {**arguments, "channels": channels})


def test_a_parameter_is_named_as_the_layer() -> None:
    op = Tensor(shape=[1, 768])
    assert op.output_shape(()) == Shape((1, 768))
    assert op.parameters(()) == {"": (1, 768)}
    assert op.buffers(()) == {}
    assert op.macs((), op.output_shape(())) == ()


def test_a_buffer_is_not_learnt() -> None:
    op = Tensor(shape=[49, 49], buffer=True)
    assert op.parameters(()) == {}
    assert op.buffers(()) == {"": (49, 49)}


def test_channels_are_declared() -> None:
    assert Tensor(shape=[197, 768], channels="last").output_shape(()) == Shape((197, 768), -1)
    assert Tensor(shape=[96, 1, 1], channels="first").output_shape(()) == Shape((96, 1, 1), -3)
    assert Tensor(shape=[96, 1, 1], channels=1).output_shape(()) == Shape((96, 1, 1), -3)


def test_refuses_channels_outside() -> None:
    with pytest.raises(OpError, match="dim=4 is outside the 4 axes"):
        Tensor(shape=[96, 1, 1], channels=4).output_shape(())


def test_refuses_an_empty_axis() -> None:
    with pytest.raises(FieldError, match=r"shape=\[0, 768\]: must be a list of positive integers"):
        Tensor(shape=[0, 768])
