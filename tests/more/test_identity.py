"""Each spec of specs/more is the network of its plain torch module: state dict, MACs and, given weights, outputs."""

import pytest
import torch

from calc.analysis import analyse
from calc.model.graph import Graph, buffers, parameters
from calc.spec import load
from calc.spec.expand import expand
from calc.spec.shelf import packaged
from tests.more.networks import DEAR, NETWORKS, VARIANTS, Case
from tests.zoo.test_identity import dispatched, macs
from verify.build import Inputs, Network, build
from verify.reference import compare_outputs, give_weights
from verify.verification import one_thread

CASES = [
    pytest.param(spec, case, marks=pytest.mark.zoo if spec in DEAR else (), id=name)
    for name, spec, case in [
        *[(spec, spec, case) for spec, case in NETWORKS.items()],
        *[(f"{spec}-variant", spec, case) for spec, case in VARIANTS.items()],
    ]
]


def test_every_spec_of_the_shelf_is_compared() -> None:
    assert set(NETWORKS) == {name for name, path in packaged().items() if path.parent.name == "more"}


@pytest.mark.parametrize("spec", [pytest.param(s, marks=pytest.mark.zoo if s in DEAR else ()) for s in NETWORKS])
def test_state_dict_and_macs_at_its_own_size(spec: str) -> None:
    analysis = analyse(load(spec))
    graph = analysis.graph
    with torch.device("meta"):
        reference = NETWORKS[spec].network().eval()
    learnt = {key: tuple(tensor.shape) for key, tensor in reference.named_parameters(remove_duplicate=False)}
    state = {key: tuple(tensor.shape) for key, tensor in reference.state_dict().items()}
    assert parameters(graph) == learnt
    assert parameters(graph) | buffers(graph) == state
    assert dispatched(reference, Network.sample(graph, 1, "meta")) == analysis.totals.macs


@pytest.mark.parametrize("spec, case", CASES)
def test_outputs_and_macs_of_a_small_one(spec: str, case: Case) -> None:
    graph = expand(load(spec), case.params | case.sizes)
    reference, network = case.network(**case.params).eval(), build(graph, initialise=False)
    give_weights(network, reference)
    with one_thread():
        identity = compare_outputs(network, reference, spec, inputs_of(graph))
    assert identity.identical, identity
    assert dispatched(reference.to("meta"), Network.sample(graph, 2, "meta")) == macs(graph, 2)


def inputs_of(graph: Graph) -> Inputs:
    """Two samples; token ids that differ, below the few that the small networks know."""
    generator = torch.Generator().manual_seed(0)
    return tuple(
        sample if sample.is_floating_point() else torch.randint(50, sample.shape, generator=generator)
        for sample in Network.sample(graph, batch=2)
    )
