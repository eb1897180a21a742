"""The built grid_sample equals torch's at every position of the leading axes."""

import torch
from torch.nn.functional import grid_sample

from calc.ops.grid_sample import GridSample
from verify.build.grid_sample import build


def test_axes_in_front_have_a_grid_each() -> None:
    x, grid = torch.randn(2, 3, 4, 5, 6), torch.rand(2, 3, 7, 8, 2) * 2 - 1
    sampled = build(GridSample(align_corners=True), (x, grid))(x, grid)
    each = [grid_sample(x[:, at], grid[:, at], align_corners=True) for at in range(3)]
    assert torch.equal(sampled, torch.stack(each, 1))
