"""Each detector is torchvision's network up to what its heads return: keys, counts and, given weights, outputs."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torchvision import models

from calc.analysis import analyse
from calc.counts import count
from calc.model.graph import Graph, buffers, parameters
from calc.spec import load
from calc.spec.expand import expand
from tests.zoo.networks import DETECTORS
from tests.zoo.test_identity import dispatched
from verify.build import Inputs, Network, build
from verify.importers.detection import detector
from verify.reference import compare_outputs, give_weights
from verify.verification import one_thread

LEAN = ("fasterrcnn_mobilenet_v3_large_320_fpn",)
EVERY = [pytest.param(spec, marks=() if spec in LEAN else pytest.mark.zoo, id=spec) for spec in DETECTORS]
SMALL = {"proposals": 5, "detections": 3}

MEASURED_WITH = {
    "fasterrcnn_mobilenet_v3_large_320_fpn": {"proposals": 0},
    "fasterrcnn_mobilenet_v3_large_fpn": {"proposals": 0},
    "maskrcnn_resnet50_fpn": {"detections": 0},
    "keypointrcnn_resnet50_fpn": {"detections": 1},
}
"""How many boxes torchvision's networks found in the noise at which their MACs were measured, where not the most."""


def test_every_detector_of_torchvision_is_compared() -> None:
    assert list(DETECTORS) == models.list_models(module=models.detection)


@pytest.mark.parametrize("spec", EVERY)
def test_state_dict_and_macs_at_its_own_input(spec: str) -> None:
    analysis = analyse(load(spec))
    with torch.device("meta"):
        reference, _ = detector(spec)
    learnt = {key: tuple(tensor.shape) for key, tensor in reference.named_parameters()}
    state = {key: tuple(tensor.shape) for key, tensor in reference.state_dict().items()}
    assert parameters(analysis.graph) == learnt
    assert parameters(analysis.graph) | buffers(analysis.graph) == state
    assert dispatched(reference, Network.sample(analysis.graph, 1, "meta")) == analysis.totals.macs


@pytest.mark.parametrize("spec", DETECTORS)
def test_published_figures(spec: str) -> None:
    """torchvision's MACs are those of an image that it resizes to the spec's own input."""
    model = load(spec)
    entry = models.get_model_weights(spec).DEFAULT
    analysis = analyse(model)
    assert analysis.totals.params == entry.meta["num_params"]
    macs = analysis.totals.macs
    for boxes, found in MEASURED_WITH.get(spec, {}).items():
        one, two = (analyse(model, {boxes: number}).totals.macs for number in (1, 2))
        macs -= (analysis.graph.input_sizes[boxes][0] - found) * (two - one)
    assert f"{macs / 1e9:.3f}" == f"{entry.meta['_ops']:.3f}"


@pytest.mark.parametrize("spec", EVERY)
def test_outputs_of_a_small_image(spec: str) -> None:
    model = load(spec)
    params = {name: value for name, value in SMALL.items() if name in model.parameters}
    sizes = (3, 300, 332) if spec.startswith("ssd300") else (3, 128, 160)
    graph = expand(model, params, input={next(iter(model.inputs)): sizes})
    (reference, _), network = detector(spec), build(graph, initialise=False)
    give_weights(network, reference)
    reference.forward = in_order(reference.forward)
    with one_thread():
        identity = compare_outputs(network, reference, spec, inputs_of(graph))
    assert identity.identical, identity
    macs = sum(row.macs for row in count(graph, batch=2))
    assert dispatched(reference.to("meta"), Network.sample(graph, 2, "meta")) == macs


def in_order(forward: Callable[..., Any]) -> Callable[..., Any]:
    """``forward`` with what it returns by name in the order of the spec's outputs."""

    def run(*inputs: torch.Tensor) -> Any:
        found = forward(*inputs)
        names = ("cls_logits", "bbox_regression", "bbox_ctrness")
        return tuple(found[name] for name in names if name in found) if isinstance(found, dict) else found

    return run


def inputs_of(graph: Graph) -> Inputs:
    """Two images, and boxes of every size in them."""
    generator = torch.Generator().manual_seed(0)
    image, *boxes = Network.sample(graph, batch=2)
    found = []
    for each in boxes:
        corners, sides = torch.rand(2, *each.shape[:2], 2, generator=generator)
        found.append(torch.cat([corners * 64, corners * 64 + 8 + sides * 640], -1))
    return (image, *found)
