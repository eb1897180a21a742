"""Each spec is torchvision's network: its state dict, its MACs, and given the same weights its outputs."""

import gc
from collections.abc import Iterator

import pytest
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from calc.counts import count
from calc.model.graph import Graph, buffers, parameters
from calc.spec import load
from calc.spec.expand import expand
from tests.zoo.networks import COUNTED, FAST, QUICK, REFERENCES, every, grouped, sizes_of
from verify.build import Inputs, Network, build
from verify.measure.conditions import counting_conditions
from verify.reference import Identity, build_reference, compare_outputs, give_weights, key_differences
from verify.verification import one_thread

Sizes = tuple[int, ...]

ROUNDED = {
    "vit_": "torch runs its own MultiheadAttention as one fused operation in eval mode, ours as single products",
    "maxvit_t": "torchvision copies its windows back to channels-first, ours is a view: gelu on other strides rounds "
    "otherwise, and 22 attentions amplify that to 2e-5, in float64 to 6e-14",
}
"""The networks whose outputs are not equal bit for bit in float32, and why.

verify.reference says how far they may be apart in float64: 1e-12; the furthest, maxvit_t, are 6e-14, ViT 2e-15.
"""


@pytest.fixture(scope="module")
def _frozen() -> Iterator[None]:
    """What is there before these tests is set aside, so that each clearing does not look through all of it."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def _freed(_frozen: None) -> Iterator[None]:
    """The memory of one network before the next."""
    yield
    gc.collect()


@pytest.mark.parametrize("spec", FAST)
def test_state_dict(spec: str) -> None:
    graph = expand(load(spec))
    expect_state_dict(graph, on_meta(spec, graph))


def expect_state_dict(graph: Graph, reference: nn.Module) -> None:
    learnt = {key: tuple(tensor.shape) for key, tensor in reference.named_parameters()}
    state = {key: tuple(tensor.shape) for key, tensor in reference.state_dict().items()}
    assert parameters(graph) == learnt
    assert parameters(graph) | buffers(graph) == state


@pytest.mark.parametrize("spec", every(COUNTED))
def test_macs_are_the_dispatchers(spec: str) -> None:
    """Of torchvision's network and of the built one, at a resolution that is not the spec's, with a batch of 2."""
    other = expand(load(spec), input=sizes_of(spec).other)
    reference, network = on_meta(spec, other), build(other, "meta", initialise=False)
    inputs = Network.sample(other, 2, "meta")
    assert (dispatched(reference, inputs), dispatched(network, inputs)) == (macs(other, 2),) * 2
    assert key_differences(network.state_dict(), reference.state_dict()) == ()


@pytest.mark.zoo
@pytest.mark.parametrize("spec", REFERENCES)
def test_state_dict_and_macs_at_the_specs_input(spec: str) -> None:
    graph = expand(load(spec))
    reference, network = on_meta(spec, graph), build(graph, "meta", initialise=False)
    expect_state_dict(graph, reference)
    inputs = Network.sample(graph, 1, "meta")
    assert (dispatched(reference, inputs), dispatched(network, inputs)) == (macs(graph),) * 2
    assert key_differences(network.state_dict(), reference.state_dict()) == ()


def on_meta(spec: str, graph: Graph) -> nn.Module:
    """torchvision's network for the input of ``graph``, without memory."""
    return build_reference(REFERENCES[spec], sizes=graph.input_sizes["input"]).to("meta")


def macs(graph: Graph, batch: int = 1) -> int:
    """What calc counts."""
    return sum(row.macs for row in count(graph, batch))


def dispatched(network: nn.Module, inputs: Inputs) -> int:
    """MACs by PyTorch's FlopCounterMode; the conditions turn off the attention that it cannot see into."""
    network.requires_grad_(False)  # or it fails on a layer that returns a view of its own Parameter
    with counting_conditions(network), FlopCounterMode(display=False) as counter:
        network(*inputs)
    return counter.get_total_flops() // 2


@pytest.mark.usefixtures("_freed")
@pytest.mark.parametrize("spec", QUICK)
def test_outputs_on_a_small_input(spec: str) -> None:
    expect_equal(spec, compared(spec, sizes_of(spec).small, batch=2))


@pytest.mark.zoo
@pytest.mark.usefixtures("_freed")
@pytest.mark.parametrize("spec", [grouped(spec) for spec in REFERENCES if spec not in QUICK])
def test_outputs_of_the_others_on_a_small_input(spec: str) -> None:
    expect_equal(spec, compared(spec, sizes_of(spec).small, batch=2))


@pytest.mark.zoo
@pytest.mark.usefixtures("_freed")
@pytest.mark.parametrize("spec", [*map(grouped, REFERENCES)])
def test_outputs_on_its_own_input(spec: str) -> None:
    expect_equal(spec, compared(spec, None, batch=1))


def compared(spec: str, sizes: Sizes | None, batch: int) -> Identity:
    """Both networks on a seeded input, strictly loaded with the same lively weights."""
    graph = expand(load(spec), input=sizes)
    reference, network = (
        build_reference(REFERENCES[spec], sizes=graph.input_sizes["input"]),
        build(graph, initialise=False),
    )
    give_weights(network, reference)
    with one_thread():
        return compare_outputs(network, reference, REFERENCES[spec], Network.sample(graph, batch))


def expect_equal(spec: str, identity: Identity) -> None:
    assert identity.identical, identity
    if not spec.startswith(tuple(ROUNDED)):
        assert identity.max_difference == 0
