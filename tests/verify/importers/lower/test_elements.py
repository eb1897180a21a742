"""Elementwise operations that become several layers, or a layer with another name."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words


def test_powers_and_turned_numbers() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        positive = x.square() + 1
        return -positive.rsqrt() + (1 - x) + 2 / positive + positive.reciprocal() + x**2

    found = "power add power multiply multiply add add power multiply add power add power add"
    assert words(net, (3, 4)) == found


def test_the_larger_and_the_smaller() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = torch.maximum(x, self.least)
        x = x.clamp(min=self.least, max=self.most)
        return torch.minimum(x.clamp(-1, 1), x * 2) + x.clamp(min=0)

    expected = "tensor flatten subtract relu add" + " flatten subtract relu add tensor subtract relu subtract"
    expected += " clamp multiply subtract relu subtract relu add"
    assert words(net, (3, 4), least=torch.zeros(1, 3, 1), most=torch.ones(())) == expected


def test_added_products_and_ways_between() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = torch.addcmul(self.shift, self.scale, x, value=2)
        return torch.lerp(x, x * 3, 0.25) + functional.logsigmoid(x) + torch.log1p(x.exp()) + x.add(x, alpha=3)

    found = words(net, (3, 4), shift=torch.ones(1, 1, 4), scale=torch.ones(1, 1, 4)).split()
    assert found.count("softplus") == found.count("log") == 1


def test_masks_of_constants() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        scores = x.masked_fill(self.unsaved_mask, float("-inf")).softmax(-1)
        return scores.tril() + torch.where(self.unsaved_mask, x, x * 2) + torch.where(self.unsaved_mask, x, 0.0)

    mask = torch.tensor([[False, True, False], [True, False, False], [False, False, True]])
    found = words(net, (2, 3, 3), buffers={"unsaved_mask": mask}).split()
    assert (found.count("where"), found.count("softmax"), found.count("multiply")) == (3, 1, 2)


def test_powers_of_a_number_and_shares_of_each_element() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return torch.lerp(2**x, functional.softshrink(x, 0.3), x.sigmoid())

    assert words(net, (4, 5)) == "multiply exp clamp subtract sigmoid subtract multiply add"
    with pytest.raises(SpecError, match="raises -2 to a power"):
        words(lambda _, x: (-2.0) ** x, (4, 5))
