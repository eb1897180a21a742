"""Norms over another channel axis equal torch's after a permutation."""

import pytest
import torch
from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from calc.ops.batch_norm import BatchNorm, FrozenBatchNorm
from calc.ops.layer_norm import LayerNorm, RmsNorm
from verify.build import batch_norm, layer_norm

pytestmark = pytest.mark.torch


def lively(module: nn.Module) -> nn.Module:
    """``module`` in eval mode with tensors that change its output."""
    generator = torch.Generator().manual_seed(0)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return module.eval()


@pytest.mark.parametrize(
    "sizes, kind", [((2, 4), nn.BatchNorm1d), ((2, 4, 5), nn.BatchNorm1d), ((2, 4, 5, 6), nn.BatchNorm2d)]
)
def test_batch_norm_over_the_second_axis_is_torchs_own(sizes: tuple[int, ...], kind: type[nn.Module]) -> None:
    axis = 1 - len(sizes)
    assert type(batch_norm.build(BatchNorm(), (torch.ones(sizes),), channel_axis=axis)) is kind
    assert type(batch_norm.build(BatchNorm(), (torch.ones(sizes),), channel_axis=None)) is kind


@pytest.mark.parametrize("axis", [-1, -2])
def test_batch_norm_over_another_axis(axis: int) -> None:
    x = torch.randn(2, 3, 4, 5)
    built = lively(batch_norm.build(BatchNorm(), (x,), channel_axis=axis))
    plain = nn.BatchNorm2d(x.shape[axis]).eval()
    plain.load_state_dict(built.state_dict())
    assert torch.allclose(built(x), plain(x.movedim(axis, 1)).movedim(1, axis), atol=1e-6)


def test_batch_norm_of_more_axes_than_torchs_modules_take() -> None:
    x = torch.randn(2, 3, 2, 2, 2, 2)
    built = lively(batch_norm.build(BatchNorm(), (x,), channel_axis=-5))
    plain = nn.BatchNorm1d(3).eval()
    plain.load_state_dict(built.state_dict())
    assert torch.allclose(built(x), plain(x.flatten(2)).reshape(x.shape), atol=1e-6)


@pytest.mark.parametrize("axis", [-1, -3])
def test_a_frozen_batch_norm_is_torchvisions(axis: int) -> None:
    x = torch.randn(2, 3, 4, 5)
    built = lively(batch_norm.build(FrozenBatchNorm(eps=1e-3), (x,), channel_axis=axis))
    theirs = FrozenBatchNorm2d(x.shape[axis], eps=1e-3)
    theirs.load_state_dict(built.state_dict())
    assert torch.equal(built(x), theirs(x.movedim(axis, 1)).movedim(1, axis))


def test_layer_norm_over_channels_that_stand_first() -> None:
    x = torch.randn(2, 3, 4, 5)
    built = lively(layer_norm.build(LayerNorm(eps=1e-6), (x,), channel_axis=-3))
    plain = nn.LayerNorm(3, eps=1e-6)
    plain.load_state_dict(built.state_dict())
    assert torch.allclose(built(x), plain(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), atol=1e-6)


@pytest.mark.parametrize("axis", [-2, -3])
def test_rms_norm_over_another_axis(axis: int) -> None:
    x = torch.randn(2, 3, 4, 5)
    built = lively(layer_norm.build(RmsNorm(eps=1e-6), (x,), channel_axis=axis))
    plain = nn.RMSNorm(x.shape[axis], eps=1e-6)
    plain.load_state_dict(built.state_dict())
    assert torch.allclose(built(x), plain(x.movedim(axis, -1)).movedim(-1, axis), atol=1e-6)


def test_layer_norm_over_trailing_axes_ignores_where_the_channels_are() -> None:
    built = layer_norm.build(LayerNorm(normalized_axes=2), (torch.ones(2, 3, 4, 5),), channel_axis=-3)
    assert type(built) is nn.LayerNorm
    assert built.normalized_shape == (4, 5)
