"""Padding, shifts along axes, and flips."""

import pytest
from torch import Tensor, nn
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words, words_of


def test_around() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        x = functional.pad(x, (0, 1, 2, 0))
        x = functional.pad(x, (1, 1, 0, 0), mode="reflect")
        x = functional.pad(x, (0, 0, 1, -1, 0, 2), value=0.5)
        return functional.pad(x, (0, 0, 0, 0))

    assert words(net, (3, 4, 5)) == "pad pad slice pad"


def test_of_modules() -> None:
    assert words_of(nn.Sequential(nn.ZeroPad2d(1), nn.ReplicationPad2d((1, 2, 0, 1))), (3, 4, 5)) == "pad pad"
    assert words_of(nn.Sequential(nn.ZeroPad2d((-1, 1, -1, 1)), nn.ReLU()), (3, 4, 5)) == "slice slice pad relu"


def test_moved_and_turned() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return x.roll((1, -2), (2, 3)).flip((1,)).roll(0, 1)

    assert words(net, (3, 4, 5)) == "roll flip"


def test_along_the_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="rolls along the axis of the batch"):
        words(lambda _, x: x.roll(1, 0), (4,))
    with pytest.raises(SpecError, match="reverses the batch"):
        words(lambda _, x: x.flip(0), (4,))


def test_an_axis_that_is_moved_twice_is_moved_by_both() -> None:
    assert words(lambda _, x: x.roll((1, 2), (1, -2)), (4, 5)) == "roll"


def test_what_is_put_around_before_a_maximum_is_the_smallest_number() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=float("-inf")), 2)

    assert words(net, (3, 4, 4)) == "pad max_pool2d"
