"""The convolution over samples equals torchvision's op."""

import pytest
import torch

from calc.ops.deform_conv import DeformConv2d
from verify.build import deform_conv

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("groups, offset_groups", [(1, 1), (2, 2), (1, 4)])
def test_is_torchvisions(masked: bool, groups: int, offset_groups: int) -> None:
    deform_conv2d = pytest.importorskip("torchvision.ops").deform_conv2d
    draw = torch.Generator().manual_seed(3)
    op = DeformConv2d(out_channels=6, kernel_size=(3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=groups)
    x = torch.randn(2, 4, 7, 6, generator=draw)
    positions = ((7 + 2 - 3) // 2 + 1, 6 + 4 - 2 * 1)
    offset = 3 * torch.randn(2, 2 * 6 * offset_groups, *positions, generator=draw)
    masks = (torch.rand(2, 6 * offset_groups, *positions, generator=draw),) if masked else ()
    built = deform_conv.build(op, (x, offset, *masks))
    expected = deform_conv2d(x, offset, built.weight, built.bias, (2, 1), (1, 2), (1, 2), masks[0] if masks else None)
    torch.testing.assert_close(built(x, offset, *masks), expected, atol=1e-4, rtol=1e-4)
