"""What every op counts is an integer, never a float that happens to be whole: 10838016 == 10838016.0."""

from collections.abc import Iterator

import pytest

from calc.ops.base import Op
from calc.shape import Shape, Shapes


def numbers(op: Op, inputs: Shapes) -> Iterator[int]:
    output = op.output_shape(inputs)
    yield from output.sizes
    for tensors in (op.parameters(inputs), op.buffers(inputs)):
        for sizes in tensors.values():
            yield from sizes
    for product in op.macs(inputs, output):
        yield from (product.macs, product.effective_macs, product.fan_in)
    yield from op.elementwise(inputs, output).values()


def check_numbers(op: Op, inputs: Shapes) -> None:
    """What ``op`` counts for ``inputs`` are integers in their ranges; test_completeness draws both for every op."""
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

    with pytest.raises(AssertionError, match="float"):
        check_numbers(Halved(), (Shape((8,)),))
