"""The adaptive pools: shapes, and the elements that their windows read."""

from math import prod

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.drawing import channels_precede, draw_written
from tests.strategies import Drawn

RANKS = {
    "adaptive_avg_pool1d": 1,
    "adaptive_avg_pool2d": 2,
    "adaptive_avg_pool3d": 3,
    "adaptive_max_pool1d": 1,
    "adaptive_max_pool2d": 2,
    "adaptive_max_pool3d": 3,
}


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """output_size, sometimes larger than the input."""
    rank = op_class(word).rank
    if not channels_precede(x, rank):
        return None
    size = st.none() | st.integers(1, 7)
    wanted = draw(st.lists(size, min_size=rank, max_size=rank))
    return Drawn({"output_size": draw_written(draw, wanted)})


@pytest.mark.parametrize("word, rank", RANKS.items())
class TestEveryAdaptivePool:
    def test_a_global_pool_reads_every_element_once(self, word, rank):
        x = (Shape((64, *(8, 112, 112)[-rank:]), -rank - 1),)
        op = op_class(word)(output_size=1)
        output = op.output_shape(x)
        assert output == Shape((64, *[1] * rank), -rank - 1)
        assert op.parameters(x) == {}
        assert op.macs(x, output) == ()
        assert op.elementwise(x, output) == {word: 64 * prod((8, 112, 112)[-rank:])}

    def test_null_keeps_the_size_of_its_axis(self, word, rank):
        x = Shape((64, *(8, 112, 112)[-rank:]), -rank - 1)
        output = op_class(word)(output_size=[1, None, 3][-rank:]).output_shape((x,))
        assert output == Shape((64, *(1, 112, 3)[-rank:]), -rank - 1)

    def test_null_keeps_every_size(self, word, rank):
        x = Shape((4, *[8] * rank), -rank - 1)
        assert op_class(word)(output_size=None).output_shape((x,)) == x

    def test_refuses_a_list_for_another_number_of_axes(self, word, rank):
        with pytest.raises(OpError, match=rf"output_size has {rank + 1} values for {rank} spatial axes"):
            op_class(word)(output_size=[1] * (rank + 1))

    def test_refuses_an_empty_output(self, word, rank):
        with pytest.raises(OpError, match=r"output_size=0: must be a positive integer or null, or one per axis"):
            op_class(word)(output_size=0)

    def test_refuses_channels_that_stand_elsewhere(self, word, rank):
        with pytest.raises(OpError, match=r"are on axis -1"):
            op_class(word)(output_size=1).output_shape((Shape((*[8] * rank, 4), -1),))


def windows(size: int, count: int) -> list[range]:
    """The windows of PyTorch's adaptive pools along one axis, one by one."""
    return [range(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def test_windows_that_overlap_read_elements_twice():
    x = Shape((6, 11, 7), -3)
    op = op_class("adaptive_avg_pool2d")(output_size=4)
    assert op.elementwise((x,), op.output_shape((x,))) == {op.word: 6 * (3 + 4 + 4 + 3) * (2 + 3 + 3 + 2)}


@pytest.mark.parametrize("word", ["adaptive_max_pool1d", "adaptive_avg_pool1d"])
def test_elements_are_those_of_every_window(word):
    for size in range(1, 13):
        for count in range(1, 13):
            x, op = Shape((2, size), -2), op_class(word)(output_size=count)
            read = sum(map(len, windows(size, count)))
            assert op.elementwise((x,), op.output_shape((x,))) == {word: 2 * read}
