"""Convolutions that the builders extend equal torch's, written in another way."""

from types import ModuleType

import pytest
import torch
from torch import nn
from torch.nn import functional

from calc.ops.base import Op
from calc.ops.conv import Conv2d
from calc.ops.conv_transpose import ConvTranspose2d
from calc.ops.linear import Linear
from verify.build import conv, conv_transpose, linear

pytestmark = pytest.mark.torch


def normal(*sizes: int) -> torch.Tensor:
    return torch.randn(sizes, generator=torch.Generator().manual_seed(sum(sizes)))


CASES = [
    (conv, Conv2d(out_channels=6, kernel_size=3, padding=1, groups=2), nn.Conv2d),
    (conv, Conv2d(out_channels=6, kernel_size=[4, 2], padding="same", bias=False), nn.Conv2d),
    (conv, Conv2d(out_channels=6, kernel_size=3, padding=2, padding_mode="reflect"), nn.Conv2d),
    (conv_transpose, ConvTranspose2d(out_channels=6, kernel_size=3, stride=2, padding=1), nn.ConvTranspose2d),
    (linear, Linear(out_features=6), nn.Linear),
]
LAYERS = [(builder, op) for builder, op, _ in CASES]


@pytest.mark.parametrize("builder, op, kind", CASES)
def test_a_plain_layer_is_torchs_own_module(builder: ModuleType, op: Op, kind: type[nn.Module]) -> None:
    assert type(builder.build(op, (normal(2, 4, 8, 8),))) is kind


@pytest.mark.parametrize("builder, op", LAYERS)
def test_weights_that_arrive_give_what_own_weights_give(builder: ModuleType, op: Op) -> None:
    x = normal(2, 4, 8, 8)
    plain = builder.build(op, (x,))
    arriving = tuple(tensor.unsqueeze(0) for tensor in plain.parameters())
    built = builder.build(op, (x, *arriving))
    assert list(built.parameters()) == []
    assert torch.equal(built(x, *arriving), plain(x))


@pytest.mark.parametrize("builder, op", LAYERS)
def test_each_sample_may_have_its_own_weight(builder: ModuleType, op: Op) -> None:
    x = normal(2, 4, 8, 8)
    plain = builder.build(op, (x,))
    weights = torch.stack([plain.weight, 2 * plain.weight])
    built = builder.build(op, (x, weights))
    if plain.bias is not None:
        built.bias = plain.bias
    expected = [functional_call(plain, weight, x[i : i + 1]) for i, weight in enumerate(weights)]
    assert torch.allclose(built(x, weights), torch.cat(expected), atol=1e-6)


def functional_call(module: nn.Module, weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    output: torch.Tensor = torch.func.functional_call(module, {"weight": weight}, (x,))
    return output


@pytest.mark.parametrize("builder, op", LAYERS)
def test_leading_axes_are_a_larger_batch(builder: ModuleType, op: Op) -> None:
    x = normal(2, 3, 4, 8, 8)
    built = builder.build(op, (x,))
    plain = builder.build(op, (x.flatten(0, 1),))
    plain.load_state_dict(built.state_dict())
    assert torch.allclose(built(x).flatten(0, 1), plain(x.flatten(0, 1)), atol=1e-6)


@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize("kernel, dilation", [(3, 1), (4, 1), (1, 1), (3, 2)])
def test_same_with_a_stride_takes_every_second_position_from_where_tensorflow_starts(
    kernel: int, dilation: int, size: int
) -> None:
    x = normal(2, 4, size, size + 1)
    built = conv.build(Conv2d(out_channels=5, kernel_size=kernel, stride=2, dilation=dilation, padding="same"), (x,))
    every = functional.conv2d(x, built.weight, built.bias, 1, "same", dilation)
    # where the kernel reaches over an even size by one position less, the windows start one later
    firsts = [(kernel - 1) * dilation // 2 - max((kernel - 1) * dilation - 1 + n % 2, 0) // 2 for n in x.shape[2:]]
    expected = every[..., firsts[0] :: 2, firsts[1] :: 2]
    assert torch.allclose(built(x), expected, atol=1e-6)


@pytest.mark.parametrize("mode, torchs", [("zeros", "constant"), ("replicate", "replicate"), ("circular", "circular")])
def test_padding_per_side_pads_each_side_by_its_own(mode: str, torchs: str) -> None:
    x = normal(2, 4, 8, 8)
    op = Conv2d(out_channels=5, kernel_size=3, padding=[[1, 2], [0, 3]], padding_mode=mode)
    built = conv.build(op, (x,))
    padded = functional.pad(x, [0, 3, 1, 2], torchs)
    assert torch.equal(built(x), functional.conv2d(padded, built.weight, built.bias))
