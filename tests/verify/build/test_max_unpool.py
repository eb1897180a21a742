"""max_unpool puts each maximum back at its position."""

import pytest
import torch
from torch.nn import functional

from calc.ops.max_unpool import MaxUnpool2d
from verify.build import max_unpool

pytestmark = pytest.mark.torch


def test_the_maxima_stand_where_they_stood() -> None:
    pooled = torch.randn(2, 3, 4, 7, 6, generator=torch.Generator().manual_seed(5))
    flat = functional.max_pool2d(pooled.flatten(0, 1), 3)
    x = flat.unflatten(0, (2, 3))
    out = max_unpool.build(MaxUnpool2d(kernel_size=3), (x, pooled))(x, pooled)
    kept = out != 0
    assert int(kept.sum()) == x.numel()
    assert torch.equal(out[kept], pooled[kept])
