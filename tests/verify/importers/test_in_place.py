"""A write in place is seen by all later readers of the tensor and of the tensor that it is a view of."""

import torch
from torch import Tensor

from tests.verify.importers.lower_check import Net, words


def test_a_part_is_written_over() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        y = x * 2
        y[:, 1:3] += x[:, 1:3]
        y[:, :, 0].mul_(3)
        y.transpose(1, 2)[:, -1].add_(1)
        return y + 1

    assert words(net, (4, 5)).split().count("concat") == 4


def test_all_of_it_is_written_over() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        y = x + 1
        y[:] -= 3 * x
        y.view(-1, 20).mul_(2)
        return y

    assert "concat" not in words(net, (4, 5))


def test_constants_are_written_over_before_they_are_read() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        table = torch.zeros(x.shape[0], 4, 2)
        table[:, :, 1] = torch.arange(4.0)
        table[:, 1:].mul_(3)
        return x + table

    assert words(net, (4, 2)) == "tensor add"


def test_a_copy_of_a_buffer_is_the_buffer_until_it_is_written_over() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        table, other = self.table.clone(), self.table.clone()
        other[:, 1:].mul_(3)
        return x + table + other + self.table

    assert words(net, (4, 2), {"table": torch.randn(4, 2)}) == "tensor add tensor add add"
