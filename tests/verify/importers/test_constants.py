"""Constants that code computes are computed once, for every batch size and precision."""

import torch
from torch import Tensor, nn

from tests.verify.importers.lower_check import Net, words, words_of


def test_what_is_the_same_for_every_sample_may_be_worked_out_for_each() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        rows = torch.zeros(x.shape[0], 4, 5).cumsum(1) + torch.arange(5)
        return x + self.net(rows / 7)

    assert words_of(Net(net, {}, {}, nn.Linear(5, 5)), (4, 5)) == "tensor linear add"


def test_constants_in_float32() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        angles = 100 ** (torch.arange(5, dtype=torch.float32) / 7)
        return x * angles.sin()

    assert words(net, (4, 5)) == "tensor multiply"


def test_constants_in_the_precision_of_what_arrives() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        angles = 100 ** (torch.arange(5, dtype=x.dtype) / 7)
        return x * angles.sin()

    assert words(net, (4, 5)) == "tensor multiply"


def test_what_is_learnt_is_no_constant_once_a_part_of_it_was_read() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        shares = self.shares.softmax(0)
        return shares[0] * x + shares[1] * x.relu() + (shares * 2).sum()

    found = words(net, (4, 5), shares=torch.ones(3))
    assert found == "tensor softmax select multiply relu select multiply add multiply reduce add"


def test_what_is_said_of_the_precision_of_a_table_is_no_part_of_it() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        table = torch.zeros(4, 5)
        table[1:] = torch.arange(5, dtype=torch.float32)
        return x + table.to(torch.float32)

    assert words(net, (4, 5)) == "tensor add"


def test_what_a_mask_hides_is_read_from_the_saved_buffer() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        length = x.shape[1]
        hidden = self.mask[:, :length, :length] == 0
        return (x @ x.transpose(1, 2) / 9).masked_fill(hidden, float("-inf")).softmax(-1) @ x

    found = words(net, (4, 5), {"mask": torch.ones(1, 6, 6).tril()})
    assert found == "permute matmul divide tensor flatten where softmax matmul tensor"
