"""Tensors one after another, along an axis that they have or a new one."""

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
    with pytest.raises(SpecError, match="joins along the axis of the batch"):
        words(lambda _, x: torch.cat([x, x * 2]), (4,))
