import pytest
import torch
from torch.nn import functional

from calc.analysis import analyse
from calc.spec.load import loads
from verify.build import build
from verify.data import Batch
from verify.lively import lively
from verify.sensitivity import Sensitivity, hessian_traces

pytestmark = pytest.mark.torch

SPEC = """
name: two linear layers
input: [3, 2, 2]
layers:
  flatten: flatten
  hidden: {linear: 4}
  act: tanh
  out: {linear: 3}
"""


def test_the_estimate_approaches_the_exact_trace():
    network = build(analyse(loads(SPEC)).graph)
    network.load_state_dict(lively(network.state_dict()))
    x = torch.randn(6, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    y = torch.arange(6) % 3

    def loss(name, weight):
        return functional.cross_entropy(torch.func.functional_call(network, {name: weight}, (x,)), y)

    exact = {}
    for layer in ("hidden", "out"):
        name, weight = f"{layer}.weight", network.get_submodule(layer).weight.detach()
        hessian = torch.autograd.functional.hessian(lambda w, name=name: loss(name, w), weight)
        exact[layer] = float(hessian.reshape(weight.numel(), weight.numel()).diagonal().sum())
    layers = {"hidden": ["hidden.weight"], "out": ["out.weight"]}
    halves = [Batch(x[:2], y[:2], (0, 1)), Batch(x[2:], y[2:], (2, 3, 4, 5))]
    found = hessian_traces(network, layers, halves, probes=200)
    assert found["hidden"] == pytest.approx(exact["hidden"], rel=0.15)
    assert found["out"] == pytest.approx(exact["out"], rel=0.15)
    assert hessian_traces(network, layers, halves, probes=2) == hessian_traces(network, layers, halves, probes=2)


def test_what_follows_from_a_trace():
    row = Sensitivity("layer", 4, weights=10, sqnr_db=20.0, weight_error=0.5).with_trace(40.0)
    assert (row.hessian_trace, row.hessian_error) == (40.0, 40.0 / 10 * 0.5)
