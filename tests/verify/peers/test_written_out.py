"""The modules that counters get in place of those of verify give the same outputs."""

import pytest

pytest.importorskip("torch")
import torch  # after the check that it is there

from calc.ops.einsum import Einsum
from calc.ops.rotary import Rotary
from verify.build import einsum, rotary
from verify.peers.written_out import CalledEinsum, TwoProducts

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotary_as_two_products(interleaved: bool) -> None:
    x = torch.randn(2, 5, 3 * 8)
    op = Rotary(heads=3, fraction=0.5, interleaved=interleaved)
    built = rotary.build(op, (x,))
    assert torch.allclose(TwoProducts(op, built, 5)(x), built(x), atol=1e-6)


@pytest.mark.parametrize("equation", ["bij, kj -> bik", "...j,kj->...k"])
def test_einsum_as_torch_has_it(equation: str) -> None:
    op, inputs = Einsum(equation=equation), (torch.randn(2, 3, 4), torch.randn(1, 5, 4))
    assert torch.allclose(CalledEinsum(op)(*inputs), einsum.build(op, inputs)(*inputs), atol=1e-5)
