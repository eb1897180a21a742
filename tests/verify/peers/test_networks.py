"""The networks that counters get compute the same as those of verify."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import torch  # after the check that it is there

from calc.spec import expand, load
from verify.build import build
from verify.peers.networks import FusedProduct, network_of

pytestmark = pytest.mark.torch

SPEC = """
name: a
input:
  q: {{shape: [2, 5, 4], channels: last}}
  k: {{shape: [2, 7, 4], channels: last}}
  v: {{shape: [2, 7, 4], channels: last}}
layers: {{attend: {{scaled_dot_product_attention: {settings}, from: [q, k, v]}}}}
"""


@pytest.mark.parametrize(
    "settings, fused",
    [("{}", True), ("{scale: 0.3}", True), ("{is_causal: lower_right}", False),
     ("{is_causal: true, sliding_window: 3}", False)],
)  # fmt: skip
def test_attention_is_torchs_own_where_torch_has_it(settings: str, fused: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SPEC.format(settings=settings))
    shown, inputs = network_of(str(path), "built", {})
    assert any(isinstance(module, FusedProduct) for module in shown.modules()) == fused
    assert torch.allclose(shown(*inputs), build(expand(load(path)))(*inputs), atol=1e-6)
