"""Fully connected layers, and the axes that they need."""

import torch
from torch import nn
from torch.nn import functional

from tests.verify.importers.lower_check import Net, words, words_of
from tests.verify.importers.modules import lowered_of


def test_over_the_last_axis_wherever_the_channels_were() -> None:
    class Mixes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(2, 3, 1)
            self.over_length = nn.Linear(5, 4)
            self.over_channels = nn.Linear(3, 3, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.over_length(functional.relu(self.conv(x)))
            return self.over_channels(x.transpose(1, 2))

    assert words_of(Mixes(), (2, 5)) == "conv1d relu reshape linear permute linear"


def test_a_weight_that_arrives() -> None:
    found = words(lambda module, x: functional.linear(x, module.weight * 2), (3, 4), weight=torch.ones(2, 4))
    assert found == "tensor multiply linear"


def test_one_layer_runs_twice() -> None:
    layer = nn.Linear(4, 4)
    graph = lowered_of(Net(lambda module, x: module.net(module.net(x).relu()), {}, {}, layer), x=(4,)).imported.graph
    assert [(node.name, node.again) for node in graph.layers] == [("net", False), ("relu", False), ("net2", True)]


def test_of_two_that_arrive() -> None:
    net = Net(lambda self, x: self.net(x, x.relu()), {}, {}, nn.Bilinear(5, 5, 2))
    assert words_of(net, (4, 5)) == "relu bilinear"
