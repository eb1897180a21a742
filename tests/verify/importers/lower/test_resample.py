"""Interpolation, pixel shuffle, and blocks of a feature map."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.verify.importers.lower_check import Net, words, words_of


def test_interpolation() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        x = functional.interpolate(x, scale_factor=2)
        x = functional.interpolate(x, size=(5, 7), mode="bilinear", align_corners=True)
        x = functional.interpolate(x, size=(6, 6), mode="bicubic", antialias=True)
        return x + functional.interpolate(self.positions, size=(6, 6), mode="bicubic")

    found = words(net, (3, 4, 5), positions=torch.randn(1, 3, 4, 4))
    assert found == "upsample upsample upsample tensor flatten upsample add"


def test_channels_for_space() -> None:
    shuffles = nn.Sequential(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2))
    assert words_of(shuffles, (8, 3, 5)) == "pixel_shuffle pixel_unshuffle channel_shuffle"


def test_blocks() -> None:
    blocks = nn.Sequential(nn.Unfold(3, padding=1, stride=2), nn.Fold((5, 6), 3, padding=1, stride=2))
    assert words_of(blocks, (2, 5, 6)) == "unfold fold"


def test_sampling() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        grid = x.mean(1).unsqueeze(-1).expand(-1, -1, -1, 2).tanh()
        return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)

    assert words(net, (3, 4, 5)) == "reduce unsqueeze expand tanh grid_sample"


def test_a_table_of_positions_for_another_size_and_what_is_added_to_it() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        positions = functional.interpolate(self.positions, size=(4, 6), mode="bicubic")
        return x + (positions + self.windows.tile((1, 1, 2, 3)))

    found = words(net, (3, 4, 6), positions=torch.randn(1, 3, 2, 2), windows=torch.randn(1, 3, 2, 2))
    assert found == "tensor flatten upsample tensor tile flatten add add"


def test_a_table_made_longer_is_no_batch_of_one() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        longer = functional.interpolate(self.table.t()[None], size=7, mode="linear")
        return x + longer.squeeze(0).t() + longer[0].t()

    found = words(net, (7, 3), table=torch.ones(4, 3))
    assert "squeeze" not in found.split()
