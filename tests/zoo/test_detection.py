"""Each detector is torchvision's network up to what its heads return: keys, counts and, given weights, outputs."""

import pytest
import torch
from torchvision import models

from calc.analysis import analyse
from calc.counts import count
from calc.model.graph import buffers, parameters
from calc.spec import load
from calc.spec.expand import expand
from tests.zoo.detection import ONE_STAGE, detector
from tests.zoo.test_identity import dispatched
from verify.build import Network, build
from verify.reference import compare_outputs, give_weights
from verify.verification import one_thread

LEAN = ("fcos_resnet50_fpn",)
EVERY = [pytest.param(spec, marks=() if spec in LEAN else pytest.mark.zoo, id=spec) for spec in ONE_STAGE]


@pytest.mark.parametrize("spec", EVERY)
def test_state_dict_and_macs_at_its_own_input(spec: str) -> None:
    analysis = analyse(load(spec))
    with torch.device("meta"):
        reference = detector(spec)
    learnt = {key: tuple(tensor.shape) for key, tensor in reference.named_parameters()}
    state = {key: tuple(tensor.shape) for key, tensor in reference.state_dict().items()}
    assert parameters(analysis.graph) == learnt
    assert parameters(analysis.graph) | buffers(analysis.graph) == state
    assert dispatched(reference, Network.sample(analysis.graph, 1, "meta")) == analysis.totals.macs


@pytest.mark.parametrize("spec", ONE_STAGE)
def test_published_figures(spec: str) -> None:
    """torchvision counted MACs of an image that it resizes to the spec's own input."""
    totals = analyse(load(spec)).totals
    for entry in models.get_model_weights(spec):
        assert totals.params == entry.meta["num_params"]
        assert f"{totals.macs / 1e9:.3f}" == f"{entry.meta['_ops']:.3f}"


@pytest.mark.parametrize("spec", EVERY)
def test_outputs_of_a_small_image(spec: str) -> None:
    graph = expand(load(spec), input=(3, 128, 160))
    reference, network = detector(spec), build(graph, initialise=False)
    give_weights(network, reference)
    with one_thread():
        identity = compare_outputs(network, reference, spec, Network.sample(graph, batch=2))
    assert identity.identical, identity
    macs = sum(row.macs for row in count(graph, batch=2))
    assert dispatched(reference.to("meta"), Network.sample(graph, 2, "meta")) == macs
