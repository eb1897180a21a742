"""Norms, and standardisation of weights."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.verify.importers.lower_check import Net, words, words_of


class Standardised(nn.Conv2d):
    """A convolution whose weights are first normalised for each output channel."""

    def __init__(self) -> None:
        super().__init__(3, 4, 3)
        self.gain = nn.Parameter(self.bias.detach().view(4, 1, 1, 1) + 1)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        gain = (self.gain * 0.5).view(-1)
        weight = functional.batch_norm(rows, None, None, weight=gain, training=True, momentum=0.0, eps=1e-6)
        return functional.conv2d(x, weight.reshape_as(self.weight), self.bias)


def test_weights_that_are_standardised() -> None:
    found = words_of(nn.Sequential(Standardised(), nn.ReLU()), (3, 5, 6))
    assert found == "tensor reshape tensor multiply flatten layer_norm reshape multiply reshape tensor conv2d relu"


def test_norms_of_modules() -> None:
    assert words_of(nn.BatchNorm1d(3, eps=1e-3), (3,)) == "batch_norm"
    assert words_of(nn.BatchNorm2d(3, affine=False, momentum=None), (3, 4, 4)) == "batch_norm"
    assert words_of(nn.LayerNorm((3, 4)), (2, 3, 4)) == "layer_norm"
    assert words_of(nn.RMSNorm(4), (3, 4)) == "rms_norm"
    assert words_of(nn.GroupNorm(2, 4), (4, 3, 3)) == "group_norm"
    assert words_of(nn.InstanceNorm2d(3), (3, 4, 4)) == "instance_norm"
    assert words_of(nn.InstanceNorm2d(3, affine=True, track_running_stats=True), (3, 4, 4)) == "instance_norm"


def test_channels_are_where_the_norm_wants_them_when_frames_are_folded_into_the_batch() -> None:
    class Frames(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(3)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(x.flatten(0, 1)).unflatten(0, (-1, 2))

    assert words_of(Frames(), (2, 3, 4, 4)) == "reshape batch_norm"


class Both(nn.Module):
    """A network of two images that are concatenated along the batch."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.norm(self.conv(torch.cat([x, x * 0.5]))).chunk(2)
        return first - second


def test_norms_of_channels_that_something_stands_before() -> None:
    begin, end = "multiply reshape reshape concat conv2d", "select select subtract"
    assert words_of(Both(nn.BatchNorm2d(4)), (3, 5, 6)) == f"{begin} batch_norm {end}"
    assert words_of(Both(nn.InstanceNorm2d(4, eps=1e-3)), (3, 5, 6)) == f"{begin} layer_norm {end}"
    scaled = "tensor reshape multiply tensor reshape add"
    assert words_of(Both(nn.InstanceNorm2d(4, affine=True)), (3, 5, 6)) == f"{begin} layer_norm {scaled} {end}"
    assert words_of(Both(nn.GroupNorm(2, 4)), (3, 5, 6)) == f"{begin} reshape layer_norm flatten {scaled} {end}"


def test_scales_that_no_norm_can_hold() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = functional.layer_norm(x, (6,), 1 + self.scale, self.shift)
        x = functional.rms_norm(x, (6,), 1 + self.scale, 1e-6)
        x = functional.group_norm(x, 2, self.channels * 2)
        return functional.layer_norm(x, (6,))

    found = words(net, (4, 6), scale=torch.ones(6), shift=torch.ones(6), channels=torch.ones(4))
    assert found.split().count("layer_norm") == 2
    assert found.split().count("multiply") == 4
