"""Other tensors replace those of a module during one call, for all names of layers."""

import pytest
import torch
from torch import nn

from calc.spec import expand, loads
from verify.build import Network, build
from verify.swap import run_with


def one_layer(name: str) -> Network:
    return build(expand(loads(f"{{name: n, input: [2, 3, 3], layers: {{{name}: {{batch_norm: }}}}}}")))


@pytest.mark.parametrize("name", ["norm", "layers", "half", "outer.layers", "outer.type"])
def test_a_layer_of_any_name(name: str) -> None:
    network = one_layer(name)
    inputs = torch.ones(1, 2, 3, 3)
    weight, mean = network.state_dict()[f"{name}.weight"], network.state_dict()[f"{name}.running_mean"]
    given = {f"{name}.weight": torch.tensor([0.0, 2.0]), f"{name}.running_mean": torch.tensor([0.0, 3.0])}
    with torch.no_grad():
        plain, found = network(inputs), run_with(network, given, inputs)
    assert torch.equal(found[0, 0], torch.zeros(3, 3))
    assert found[0, 1, 0, 0].item() == pytest.approx((1 - 3) * 2, rel=1e-4)
    assert torch.equal(network(inputs), plain)
    assert network.state_dict()[f"{name}.weight"].data_ptr() == weight.data_ptr()
    assert network.state_dict()[f"{name}.running_mean"].data_ptr() == mean.data_ptr()


def test_what_is_shared_is_replaced_everywhere() -> None:
    first, second = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
    second.weight = first.weight
    network = nn.Sequential(first, second)
    found = run_with(network, {"0.weight": 2 * torch.eye(3)}, torch.ones(1, 3))
    assert found.tolist() == [[4.0, 4.0, 4.0]]


def test_recurrent_layers_take_them_too() -> None:
    layer = nn.LSTM(3, 4)
    zeros = {name: torch.zeros_like(parameter) for name, parameter in layer.named_parameters()}
    inputs = torch.ones(5, 1, 3)
    assert run_with(layer, zeros, inputs)[0].abs().max() == 0
    assert layer(inputs)[0].abs().max() > 0


def test_its_own_are_back_when_the_call_fails() -> None:
    layer = nn.Linear(3, 3)
    weight = layer.weight
    with pytest.raises(RuntimeError):
        run_with(layer, {"weight": torch.eye(3)}, torch.ones(1, 7))
    assert layer.weight is weight
    with pytest.raises(KeyError):
        run_with(layer, {"weigth": torch.eye(3)}, torch.ones(1, 3))
