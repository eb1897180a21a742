import pytest

from calc.errors import OpError
from calc.importing.value import BatchAxis, Value, at_batch_one, batch_axis, own_dim, regrouped


def test_the_batch_is_the_axis_that_grows() -> None:
    assert batch_axis((13, 3, 8, 8), 13, (17, 3, 8, 8), 17) == BatchAxis(0)
    assert batch_axis((5, 13, 7), 13, (5, 17, 7), 17) == BatchAxis(1)
    assert batch_axis((3, 3), 13, (3, 3), 17) is None


def test_windows_folded_into_the_batch_become_an_axis_in_its_place() -> None:
    batch = batch_axis((64 * 13, 49, 96), 13, (64 * 17, 49, 96), 17)
    assert batch == BatchAxis(0, 1, 64)
    assert at_batch_one((64 * 13, 49, 96), batch) == (64, 49, 96)
    assert Value(0, (64, 49, 96), batch).sample == (64, 49, 96)
    assert Value(0, (1, 49, 96), BatchAxis(0)).sample == (49, 96)
    assert Value(0, (49, 1, 96), BatchAxis(1)).sample == (49, 96)


@pytest.mark.parametrize(
    "sizes, others", [((13, 13), (17, 17)), ((14, 3), (18, 3)), ((13, 3), (17,)), ((26, 13), (34, 17))]
)
def test_what_does_not_grow_in_proportion_mixes_samples(sizes: tuple[int, ...], others: tuple[int, ...]) -> None:
    with pytest.raises(OpError, match=r"mixes the samples of a batch|has 2 axes for a batch of 13, but 1 for 17"):
        batch_axis(sizes, 13, others, 17)


def test_dims_count_the_batch_as_the_first_axis() -> None:
    first, inside, folded = BatchAxis(0), BatchAxis(1), BatchAxis(0, 1, 64)
    assert [own_dim(Value(0, (1, 3, 8), first), dim) for dim in (1, 2, -1)] == [1, 2, 2]
    assert [own_dim(Value(0, (5, 1, 8), inside), dim) for dim in (0, 2, -3)] == [1, 2, 1]
    assert [own_dim(Value(0, (64, 49, 96), folded), dim) for dim in (1, -1)] == [2, 3]
    assert own_dim(Value(0, (49, 96), None), 0) == 1  # a tensor of the network's own has no batch
    with pytest.raises(OpError, match=r"works along dim=-3, the axis of the batch"):
        own_dim(Value(0, (1, 3, 8), first), -3)


def test_a_batch_folded_into_an_axis_keeps_its_order() -> None:
    tokens = Value(0, (1, 64, 49, 96), BatchAxis(0))
    assert regrouped(tokens, (64, 49, 96), BatchAxis(0, 1, 64)) == BatchAxis(0, 1, 64)
    pairs_first = Value(0, (2, 1, 8), BatchAxis(1))
    assert regrouped(pairs_first, (2, 8), BatchAxis(0, 1, 2)) == BatchAxis(0, 2, 1)
    assert regrouped(Value(0, (2, 8), BatchAxis(0, 2, 1)), (2, 1, 8), BatchAxis(1)) == BatchAxis(1)


def test_elements_of_two_samples_never_end_up_in_one() -> None:
    with pytest.raises(OpError, match=r"mixes the samples of a batch: 1×6 becomes 6×1"):
        regrouped(Value(0, (1, 6), BatchAxis(0)), (6, 1), BatchAxis(1))
