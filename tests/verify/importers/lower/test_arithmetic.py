"""Sums and products with tensors that a layer holds, and with numbers."""

import torch
from torch import Tensor

from tests.verify.importers.lower_check import Net, words


def test_positions_are_added_and_channels_scaled_by_the_layers_that_hold_them() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        return self.gamma * (x + self.positions) * self.unsaved_scale + self.number * x

    found = words(
        net, (5, 4), {"unsaved_scale": torch.tensor(0.5)}, positions=torch.ones(1, 5, 4), gamma=torch.ones(4),
        number=torch.tensor(2.0),
    )  # fmt: skip
    assert found == "position_embedding layer_scale multiply tensor multiply add"


def test_a_factor_a_channel_of_a_map() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        return x * self.gamma + x * self.wide

    found = words(net, (3, 4, 5), gamma=torch.ones(3, 1, 1), wide=torch.ones(1, 3, 1, 1))
    assert found == "layer_scale tensor flatten multiply add"
