"""The shapes of layers that exist only for training. They do not run, but their tensors count at every input size."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from calc.errors import OpError
from calc.ops.base import Op
from calc.shape import Shape, Shapes

_FACTORS = (2, 4, 8, 16, 32, 64, 128)


def unrun_shapes(
    op: Op, shapes: Shapes, larger: Shapes, output_shape: Callable[[Op, Shapes], Shape]
) -> tuple[Shape, Shape]:
    """Return the output shape of a layer that does not run, and its output shape on the maps ``larger``.

    A map that is too small for the layer is enlarged until it fits. Raises OpError if the tensors of the layer depend
    on the size of an enlarged map, or if no map fits.
    """
    if larger != shapes:
        ours, theirs = [(op.parameters(given), op.buffers(given)) for given in (shapes, larger)]
        if ours != theirs:
            fact = "its tensors depend on the size of a map that is too small here for a layer before it"
            raise OpError(fact, "training_only layers count at every input size only if they pool to a fixed one")
    try:
        shape = output_shape(op, shapes)
        return shape, shape if larger == shapes else output_shape(op, larger)
    except OpError as error:
        for first, second in pairwise(larger_maps(shapes)):
            try:
                return output_shape(op, first), output_shape(op, second)
            except OpError:
                continue
        raise error


def larger_maps(shapes: Shapes) -> Iterator[Shapes]:
    """Yield ``shapes`` with every axis except the channels multiplied by 2, 4, 8 and so on."""
    for factor in _FACTORS:
        yield tuple([_enlarged(shape, factor) for shape in shapes])


def _enlarged(shape: Shape, factor: int) -> Shape:
    axes = range(-shape.rank, 0)
    sizes = [
        size if axis == shape.channel_axis else size * factor for axis, size in zip(axes, shape.sizes, strict=True)
    ]
    return Shape(tuple(sizes), shape.channel_axis)
