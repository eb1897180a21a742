"""Axes are reordered, added, removed and expanded, also if the batch is not the first axis."""

import torch
from torch import Tensor

from tests.verify.importers.lower_check import Net, words


def test_axes_in_another_order() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1).transpose(1, -2)
        return x.movedim(-1, 1)

    assert words(net, (3, 4, 5)) == "permute permute permute"


def test_the_batch_may_move_without_a_layer() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        x = x.transpose(0, 1)  # (5, batch, 6)
        x = x.reshape(5, -1, 2, 3).permute(2, 1, 0, 3)  # (2, batch, 5, 3)
        return (x * 2)[1].transpose(0, 1)

    assert words(net, (5, 6)) == "reshape permute multiply select"


def test_axes_of_one() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        x = x.unsqueeze(1).unsqueeze(-1)
        return x.squeeze(1).squeeze() + 1

    assert words(net, (4, 5)) == "unsqueeze unsqueeze squeeze squeeze add"


def test_spread_out() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = x.unsqueeze(2).expand(-1, -1, 3, -1)
        return x + self.token.expand(x.shape[0], -1, -1, -1)

    assert words(net, (4, 5), token=torch.ones(1, 4, 3, 5)) == "unsqueeze expand tensor flatten add"


def test_copies() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = x.repeat(1, 2, 1).repeat_interleave(3, dim=2)
        return x * self.row.repeat(x.shape[0], 2, 1)

    assert words(net, (4, 5), row=torch.ones(1, 4, 1)) == "tile repeat_interleave tensor flatten tile multiply"


def test_copies_that_are_folded_into_the_batch() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        each = x.repeat_interleave(3, dim=0) * 2  # (batch · 3, 4)
        return each.reshape(-1, 3, 4)

    assert words(net, (4,)) == "reshape expand multiply"


def test_copies_of_the_whole_batch() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        each = x.repeat(3, 1) * 2  # (3 · batch, 4)
        return each.reshape(3, -1, 4).sum(0)

    assert words(net, (4,)) == "reshape tile multiply reduce"
