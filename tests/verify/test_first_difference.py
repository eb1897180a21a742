"""The first layer that differs from the reference is found, by keys and by outputs."""

import pytest
import torch
from torch import nn

from calc.analysis import analyse
from calc.spec.load import loads
from verify.build import Network, build
from verify.first_difference import first_key, first_output
from verify.reference import compare_with_reference, in_float64

pytestmark = pytest.mark.torch

SPEC = """
name: small
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 3}}
  act: relu
  norm: batch_norm
  flatten: flatten
  head: {linear: 10}
"""


class Reference(nn.Module):
    """The network of SPEC, whose relu and flatten are not modules and work in place."""

    def __init__(self, channels: int = 4, eps: float = 1e-5, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, stride, padding=stride - 1)
        self.norm = nn.BatchNorm2d(channels, eps)
        self.head = nn.Linear(144 if stride == 1 else 64, 10)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(self.conv(inputs).relu_()).flatten(1))


def network() -> Network:
    return build(analyse(loads(SPEC)).graph)


def with_equal_weights(reference: nn.Module) -> Network:
    ours = network()
    ours.load_state_dict(reference.state_dict())
    reference.eval()
    return ours


def test_equal_networks_have_none() -> None:
    reference = Reference()
    ours = with_equal_weights(reference)
    assert first_key(ours, reference) is None
    assert first_output(ours, reference, (torch.randn(2, 3, 8, 8),), in_float64, 1e-11) is None


def test_another_tensor() -> None:
    found = first_key(network(), Reference(channels=5))
    assert found == ("conv", "conv.weight is (4, 3, 3, 3), but (5, 3, 3, 3) in the reference")


def test_a_tensor_that_one_lacks() -> None:
    reference = Reference()
    reference.extra = nn.Linear(2, 2)
    assert first_key(network(), reference) == ("extra", "extra.weight is only in the reference")
    del reference.norm
    found = first_key(network(), reference)
    assert found == ("norm", "norm.weight is only in the spec's network")


def test_the_order_is_that_in_which_the_layers_run_and_not_of_the_names() -> None:
    reference = Reference()
    late = analyse(loads(SPEC.replace("  head:", "  a: {linear: 7}\n  head:"))).graph
    reference.conv.bias = None
    assert first_key(build(late), reference) == ("conv", "conv.bias is only in the spec's network")


def test_an_output_names_what_was_equal_and_what_cannot_be_compared() -> None:
    reference = Reference(eps=1e-3)
    ours = with_equal_weights(reference)
    found = first_output(ours, reference, (torch.randn(2, 3, 8, 8),), in_float64, 1e-11)
    assert found is not None
    assert found.layer == "norm"
    assert found.fact.startswith("its output differs by 5e-04 of its largest value")
    assert found.fact.endswith("; conv is the last equal layer, and act before it cannot be compared")


def test_an_output_of_another_shape() -> None:
    graph = analyse(loads(SPEC.replace("kernel_size: 3", "kernel_size: 3, stride: 2, padding: 1"))).graph
    ours, reference = build(graph), Reference()
    found = first_output(ours, reference, (torch.randn(1, 3, 8, 8),), in_float64, 1e-11)
    assert found == ("conv", "its output is (1, 4, 4, 4), but (1, 4, 6, 6) in the reference")


def test_the_comparison_says_it() -> None:
    reference = Reference(eps=1e-3)
    found = compare_with_reference(network(), reference, "it", (torch.randn(2, 3, 8, 8),))
    assert not found.identical
    assert found.first is not None
    assert found.first.layer == "norm"
    assert compare_with_reference(network(), Reference(), "it", (torch.randn(2, 3, 8, 8),)).first is None
