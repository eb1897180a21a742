"""The scan as a loop gives what the state-space sum gives, written out."""

import pytest
import torch

from calc.ops.selective_scan import SelectiveScan
from verify.build import selective_scan

pytestmark = pytest.mark.torch


def test_each_output_sums_what_entered_and_has_not_decayed() -> None:
    draw = torch.Generator().manual_seed(1)
    x, b, c = (torch.randn(2, 5, size, generator=draw) for size in (3, 4, 4))
    delta = torch.rand(2, 5, 3, generator=draw)
    built = selective_scan.build(SelectiveScan(), (x, delta, b, c))
    torch.nn.init.normal_(built.get_parameter("A_log"), generator=draw)
    decay = -built.get_parameter("A_log").exp()
    expected = torch.zeros(2, 5, 3)
    for t in range(5):
        for s in range(t + 1):  # Equation 1a unrolled: what enters at s decays by the steps after it
            kept = (delta[:, s + 1 : t + 1].sum(1).unsqueeze(-1) * decay).exp()
            expected[:, t] += (kept * (delta[:, s] * x[:, s]).unsqueeze(-1) * (b[:, s] * c[:, t]).unsqueeze(1)).sum(-1)
    torch.testing.assert_close(built(x, delta, b, c), expected + x)
