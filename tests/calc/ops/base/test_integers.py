"""What every op counts is an integer, never a float that happens to be whole: 10838016 == 10838016.0."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calc.ops import WORDS, op_class
from calc.ops.base import Op
from calc.shape import Shape, Shapes
from tests.strategies import draw_arguments, import_drawing, input_shapes

import_drawing()

CHANNELS_LAST = st.lists(st.integers(2, 9), min_size=2, max_size=4).map(lambda sizes: Shape(tuple(sizes), -1))


def numbers(op: Op, inputs: Shapes) -> Iterator[int]:
    output = op.output_shape(inputs)
    yield from output.sizes
    for tensors in (op.parameters(inputs), op.buffers(inputs)):
        for sizes in tensors.values():
            yield from sizes
    for product in op.macs(inputs, output):
        yield from (product.macs, product.effective_macs, product.fan_in)
    yield from op.elementwise(inputs, output).values()


@settings(max_examples=settings().max_examples // 10)  # of each op
@pytest.mark.parametrize("word", WORDS)
@given(data=st.data())
def test_every_number_of_an_op(word: str, data: st.DataObject) -> None:
    for _ in range(12):
        x = data.draw(input_shapes() | CHANNELS_LAST)
        drawn = draw_arguments(data.draw, word, x)
        if drawn is not None:
            break
    else:
        assume(False)
    op, inputs = op_class(word)(**drawn.arguments), (x, *drawn.others)
    assert {type(number) for number in numbers(op, inputs)} <= {int}
    output = op.output_shape(inputs)
    assert output.channel_axis is None or -output.rank <= output.channel_axis <= -1
    for product in op.macs(inputs, output):
        assert 0 <= product.effective_macs <= product.macs
        assert product.fan_in >= 1


def test_a_float_is_found() -> None:
    class Halved(Op):
        word = "halved"
        no_macs = "none"

        def output_shape(self, inputs: Shapes) -> Shape:
            return Shape((inputs[0].sizes[0] / 2,))  # type: ignore[arg-type]  # the fault that is planted

    assert float in {type(number) for number in numbers(Halved(), (Shape((8,)),))}
