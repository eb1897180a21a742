"""roi_align crops each box from the same map as torchvision's MultiScaleRoIAlign."""

import pytest
import torch
from torchvision.ops import MultiScaleRoIAlign

from calc.ops.roi_align import RoiAlign
from verify.build.roi_align import build

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_as_torchvision(levels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    maps = [torch.randn(2, 3, 32 >> level, 64 >> level, generator=generator) for level in range(levels)]
    corners = torch.rand(2, 40, 2, generator=generator) * 60
    sides = 2 ** (torch.rand(2, 40, 2, generator=generator) * 10)
    boxes = torch.cat([corners, corners + sides], -1)
    op = RoiAlign(output_size=(3, 2), sampling_ratio=2, spatial_scale=0.25)
    found = build(op, ())(maps[0], boxes, *maps[1:])
    theirs = MultiScaleRoIAlign([str(level) for level in range(levels)], (3, 2), 2)
    expected = theirs({str(level): each for level, each in enumerate(maps)}, list(boxes), [(128, 256)] * 2)
    assert torch.equal(found.flatten(0, 1), expected)
