"""Convolutions with their own weights, and with weights that are inputs."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import words, words_of
from tests.verify.importers.modules import fields, lowered_of


def test_each_rank() -> None:
    assert words_of(nn.Conv1d(2, 4, 3, stride=2, padding="valid"), (2, 9)) == "conv1d"
    assert words_of(nn.Conv2d(2, 4, (3, 1), padding=(1, 0), groups=2, bias=False), (2, 5, 4)) == "conv2d"
    assert words_of(nn.Conv3d(2, 2, 2, dilation=2), (2, 4, 4, 4)) == "conv3d"
    assert words_of(nn.ConvTranspose1d(2, 3, 3), (2, 4)) == "conv_transpose1d"
    transposed = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
    assert words_of(transposed, (4, 5, 4)) == "conv_transpose2d"


def test_padding_that_keeps_the_size() -> None:
    for module, said in ((nn.Conv2d(2, 2, 3, padding="same"), "same"), (nn.Conv2d(2, 2, 3, padding=(1, 1)), 1)):
        assert words_of(module, (2, 4, 4)) == "conv2d"
        net = lowered_of(nn.Sequential(module), input=(2, 4, 4)).imported.graph
        assert fields(net, "0")["padding"] == said


def test_circular_padding_is_a_layer_of_its_own() -> None:
    assert words_of(nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular"), (2, 4, 4)) == "pad conv2d"


def test_weights_that_arrive() -> None:
    def net(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, module.weight * 2, module.shift)

    found = words(net, (3, 4, 4), weight=torch.ones(2, 3, 1, 1), shift=torch.ones(2))
    assert found == "tensor multiply tensor conv2d"


def test_a_kernel_that_is_not_learnt_arrives() -> None:
    found = words(
        lambda module, x: functional.conv2d(x, module.weight, groups=3), (3, 4, 4), {"weight": torch.ones(3, 1, 2, 2)}
    )
    assert found == "tensor conv2d"


def test_kernels_of_its_own_for_each_sample_are_refused() -> None:
    def net(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
        samples, channels, height, width = x.shape
        kernels = (x.mean((2, 3)) @ module.mixed).reshape(samples * 2, channels, 1, 1)
        found = functional.conv2d(x.reshape(1, samples * channels, height, width), kernels, groups=samples)
        return found.reshape(samples, 2, height, width)

    with pytest.raises(SpecError, match="a number of groups that depends on the batch"):
        words(net, (3, 4, 4), mixed=torch.ones(3, 6))
