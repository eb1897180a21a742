"""Measuring leaves the network, its inputs and torch's settings as they were."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_modules

from tests.verify.measure.networks import Calls, leaves
from verify.measure import MeasureError, measure
from verify.measure.conditions import counting_conditions, on_meta

pytestmark = pytest.mark.torch


def test_network_and_inputs_are_left_alone():
    network = nn.Sequential(nn.ReLU(inplace=True), nn.BatchNorm1d(3), nn.Dropout(), nn.Linear(3, 2))
    network[1].eval()
    before = copy.deepcopy(network.state_dict())
    inputs = torch.tensor([[-1.0, 2.0, -3.0]])
    measure(network, leaves(network), inputs)
    assert inputs.tolist() == [[-1.0, 2.0, -3.0]]
    assert [layer.training for layer in network] == [True, False, True, True]
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_conditions_hold_inside_and_end_after_an_error():
    seen = []

    def look(x: torch.Tensor) -> torch.Tensor:
        seen.append((torch.is_grad_enabled(), torch.get_num_threads(), torch.backends.mha.get_fastpath_enabled()))
        return x.cumprod(1)

    network = nn.Sequential(Calls(look))
    threads, fast_path = torch.get_num_threads(), torch.backends.mha.get_fastpath_enabled()
    with pytest.raises(MeasureError):
        measure(network, leaves(network), torch.ones(1, 2))
    assert set(seen) == {(False, 1, False)}
    assert (torch.get_num_threads(), torch.backends.mha.get_fastpath_enabled()) == (threads, fast_path)
    assert torch.is_grad_enabled()
    assert network.training
    assert not torch_modules._global_forward_hooks
    assert not torch_modules._global_forward_pre_hooks


def test_an_error_of_torch_passes_through():
    network = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        measure(network, leaves(network), torch.ones(1, 4))


def test_ties_survive_the_copy_to_meta():
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    network = nn.Sequential(first, nn.BatchNorm1d(3), second)
    meta, layers = on_meta(network, {"first": first, "second": second})
    assert layers["first"].weight is layers["second"].weight
    assert all(tensor.is_meta for tensor in meta.state_dict().values())
    assert first.weight.device.type == "cpu"


def test_counting_works_inside_inference_mode_too():
    network = nn.Sequential(nn.Linear(3, 2))
    with torch.inference_mode():
        measured = measure(network, leaves(network), torch.ones(4, 3))
    assert measured.macs == 4 * 3 * 2


def test_evaluation_mode_inside():
    layer = nn.Dropout()
    with counting_conditions(layer):
        assert not layer.training
    assert layer.training
