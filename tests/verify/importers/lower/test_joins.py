"""Concatenation along an existing axis or a new one."""

import pytest
import torch
from torch import Tensor

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words


def test_joined() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        token = self.token.expand(x.shape[0], -1, -1)
        tokens = torch.cat([token, x, x * 2], dim=1)
        return torch.stack([tokens, tokens + 1], dim=-1)

    found = words(net, (3, 4), token=torch.ones(1, 1, 4))
    assert found == "multiply tensor flatten concat add stack"


def test_stacked_before_the_batch() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return torch.stack([x, x * 2, x + 1], dim=0).mean(dim=0)

    assert words(net, (3, 4)) == "multiply add stack reduce"


def test_parts_without_elements_are_left_out() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return torch.cat([x[:, :0], x[:, 0:] * 2], dim=1)

    assert words(net, (3, 4)) == "multiply"


def test_along_the_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="concatenates along the axis of the batch"):
        words(lambda self, x: torch.cat([x, self.token]), (4,), token=torch.ones(1, 4))


def test_batches_one_after_another_are_an_axis_of_each_sample() -> None:
    def pairs(_: Net, x: Tensor) -> Tensor:
        first, second, third = torch.cat([x, x * 2, x + 1]).relu().chunk(3)
        return first * second - third

    found = words(pairs, (4,))
    assert found == "multiply add reshape reshape reshape concat relu select select select multiply subtract"


def test_what_is_joined_again_keeps_its_order() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        twice = torch.cat([x, x * 2])
        four = torch.cat([twice, twice.exp()])
        first, rest = four.split([x.shape[0], 3 * x.shape[0]])
        return first + rest.unflatten(0, (3, -1)).sum(0)

    assert words(net, (4,)) == "multiply reshape reshape concat exp concat select slice reduce add"


def test_samples_in_two_orders_are_refused() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return torch.cat([x, x * 2]) + x.repeat_interleave(2, dim=0)

    with pytest.raises(SpecError, match="samples in different orders"):
        words(net, (4,))


def test_parts_that_cut_through_the_samples_are_refused() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        first, second = x.repeat_interleave(2, dim=0).chunk(2)
        return first + second

    with pytest.raises(SpecError, match="selects a part of the axis of the batch"):
        words(net, (4,))


def test_what_has_no_elements_is_no_part() -> None:
    assert words(lambda _, x: torch.cat([x.new_zeros(x.shape[0], 0, 5), x, x.relu()], 1), (4, 5)) == "relu concat"
