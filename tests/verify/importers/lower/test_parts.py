"""Each part of an axis that is used becomes a layer."""

import pytest
from torch import Tensor

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words


def test_parts() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return x[:, 1:4:2] + x[:, :2, -1:] + x[:, 0].unsqueeze(1) + x.narrow(1, 1, 2)[:]

    found = words(net, (4, 5)).split()
    assert (found.count("slice"), found.count("select")) == (4, 1)


def test_only_parts_that_are_used_are_layers() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        first, _, last = x.chunk(3, dim=1)
        left, _ = x.split([2, 3], dim=2)
        q, _, v = x.unbind(1)[:3]
        return (first + last).sum(1) + q * v + left.sum((1, 2), keepdim=True)[:, 0]

    found = words(net, (6, 5)).split()
    assert (found.count("slice"), found.count("select")) == (3, 2 + 1)


def test_a_part_of_the_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="selects a part of the axis of the batch"):
        words(lambda _, x: x[:1] + x[1:2], (4,))
    with pytest.raises(SpecError, match="takes one sample of the batch"):
        words(lambda _, x: x[0] + x, (4,))
