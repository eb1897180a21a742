"""What the tests of several ops ask in the same way."""

from calc.ops.base import Op
from calc.shape import Shape

ANY_SHAPES = [Shape((8, 7, 7), -3), Shape((49, 8), -1), Shape((5,)), Shape(())]


def chw(channels: int, height: int, width: int) -> Shape:
    """A map with its channels first."""
    return Shape((channels, height, width), -3)


def assert_counts_elements_alone(op: Op, x: Shape, elements: int) -> None:
    """The shape stays, nothing is learnt, no MACs, and ``elements`` elements of the op's own kind."""
    output = op.output_shape((x,))
    assert output.sizes == x.sizes
    assert op.parameters((x,)) == {}
    assert op.buffers((x,)) == {}
    assert op.macs((x,), output) == ()
    assert op.elementwise((x,), output) == ({op.word: elements} if elements else {})
