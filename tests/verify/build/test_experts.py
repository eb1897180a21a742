"""Experts in PyTorch route tokens, equal a plain mixture, and run the same number of products for each routing."""

from collections.abc import Callable

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from calc.analysis import Analysis, analyse
from calc.spec import loads
from verify.build import Network, build
from verify.build.base.experts import Route
from verify.compare import compare_counts
from verify.first_difference import first_key
from verify.lively import lively
from verify.measure import measure
from verify.verification import verify

pytestmark = pytest.mark.torch

SPEC = """
name: mixture
input: {shape: [5, 6], channels: last}
layers:
  router: {linear: {out_features: 4, bias: false}}
  moe:
    experts:
      expert:
        - branches: [[{linear: {out_features: 7, bias: false}}, silu], [{linear: {out_features: 7, bias: false}}]]
          merge: multiply
        - {linear: 6}
      count: 4
      active: 2
      normalize: NORMALIZE
    from: [input, router]
"""


def mixture(normalize: str = "softmax", bits: str = "fp32") -> Analysis:
    return analyse(loads(SPEC.replace("NORMALIZE", normalize)), bits=bits, batch=2)


def network_of(normalize: str) -> tuple[Network, dict[str, torch.Tensor]]:
    network = build(mixture(normalize).graph)
    state = lively(network.state_dict())
    network.load_state_dict(state)
    return network, state


NORMALIZE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "softmax": lambda chosen: torch.softmax(chosen, 0),
    "sum": lambda chosen: chosen / chosen.sum(),
    "none": lambda chosen: chosen,
}


@pytest.mark.parametrize("normalize", NORMALIZE)
def test_outputs_are_those_of_a_plain_mixture(normalize: str) -> None:
    network, state = network_of(normalize)
    x = torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(1))
    wanted = torch.zeros_like(x)
    for sample in range(3):
        for token in range(5):
            value = x[sample, token]
            scores = state["router.weight"] @ value
            best = sorted(range(4), key=lambda expert: -float(scores[expert]))[:2]
            shares = NORMALIZE[normalize](scores[best])
            for share, expert in zip(shares, best, strict=True):
                up, gate, down = (state[f"moe.{expert}.{layer}.weight"] for layer in (2, 0, 3))
                hidden = torch.nn.functional.silu(gate @ value) * (up @ value)
                wanted[sample, token] += share * (down @ hidden + state[f"moe.{expert}.3.bias"])
    torch.testing.assert_close(network(x), wanted)


def test_as_many_products_whichever_way_the_tokens_go() -> None:
    analysis, ways = mixture(), set()
    for seed in range(4):
        network = build(analysis.graph)
        network.load_state_dict(lively(network.state_dict(), seed))
        inputs = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(seed))
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(inputs)
        assert counter.get_total_flops() == 2 * analysis.totals.macs
        sizes = Route(network.layers["router"](inputs), 2, 2 * 5 * 2).sizes
        assert sum(sizes) == 2 * 5 * 2
        ways.add(tuple(sizes))
    assert len(ways) > 1


def test_everything_agrees_at_a_narrow_width() -> None:
    found = verify(mixture(bits="4"))
    assert found.agrees
    assert found.bitops["moe.*.3"].bits == (4,) * 4


def test_an_expert_too_few_is_seen() -> None:
    network, _ = network_of("softmax")
    for module in network.modules():
        if hasattr(module, "active"):
            module.active = 1
    measured = measure(network, network.layers, Network.sample(mixture().graph, 2))
    found = [str(mismatch) for mismatch in compare_counts(mixture(), measured)]
    assert f"moe.*.0: macs {20 * 42} by calc, {10 * 42} by the dispatcher" in found
    assert "moe.*.0: output shape (20, 7) by calc, (10, 7) by hooks" in found


def test_a_key_of_an_expert_is_found_in_its_layer() -> None:
    network, state = network_of("softmax")
    assert network.places["moe.2.3"] == network.layer_names.index("moe.*.3")
    reference = torch.nn.Module()
    reference.state_dict = lambda: {key: value for key, value in state.items() if key != "moe.2.3.weight"}  # type: ignore[method-assign,assignment]  # no more is asked of it
    found = first_key(network, reference)
    assert found is not None
    assert found.fact == "moe.2.3.weight is only in the spec's network"
