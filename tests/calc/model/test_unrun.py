"""Layers that are not run on maps too small for them: taken larger, as far as that goes."""

import pytest

from calc.errors import OpError
from calc.model.builder import output_shape
from calc.model.unrun import larger_maps, unrun_shapes
from calc.ops import op_class
from calc.shape import Shape


def shapes_of(word: str, *sizes: int, larger: tuple[int, ...] = (), **values: object) -> tuple[Shape, Shape]:
    """What ``word`` gives of a map of ``sizes``, and of one larger still."""
    given = Shape(sizes, -3)
    return unrun_shapes(op_class(word)(**values), (given,), (Shape(larger or sizes, -3),), output_shape)


def test_only_the_channels_stay_as_they_are() -> None:
    made = list(larger_maps((Shape((3, 5, 7), -3), Shape((4, 6), -1))))
    assert made[0] == (Shape((3, 10, 14), -3), Shape((8, 6), -1))
    assert [shapes[0].sizes[1] // 5 for shapes in made] == [2, 4, 8, 16, 32, 64, 128]


def test_a_map_that_fits_is_taken_as_it_is() -> None:
    assert shapes_of("avg_pool2d", 4, 5, 5, kernel_size=5) == (Shape((4, 1, 1), -3), Shape((4, 1, 1), -3))
    assert shapes_of("avg_pool2d", 4, 5, 5, larger=(4, 10, 10), kernel_size=5) == (
        Shape((4, 1, 1), -3), Shape((4, 2, 2), -3),
    )  # fmt: skip


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32, 64])
def test_the_least_that_fits_is_taken_and_twice_that(factor: int) -> None:
    kernel = 3 * factor  # half of it does not fit
    assert shapes_of("avg_pool2d", 4, 3, 3, kernel_size=kernel) == (Shape((4, 1, 1), -3), Shape((4, 2, 2), -3))


def test_where_none_fits_the_map_as_it_is_is_the_fact() -> None:
    with pytest.raises(OpError, match=r"a window of 193 .* 3"):
        shapes_of("avg_pool2d", 4, 3, 3, kernel_size=3 * 64 + 1)


def test_tensors_that_would_depend_on_the_guess_are_refused() -> None:
    with pytest.raises(OpError) as caught:
        shapes_of("layer_norm", 4, 3, 3, larger=(4, 6, 6), normalized_axes=3)
    assert caught.value.fact == "its tensors depend on the size of a map that is too small here for a layer before it"
    assert caught.value.hint == "training_only layers count at every input size only if they pool to a fixed one"
    assert shapes_of("batch_norm", 4, 3, 3, larger=(4, 6, 6)) == (Shape((4, 3, 3), -3), Shape((4, 6, 6), -3))
