import copy

import pytest
import torch
from torch import nn

from verify.quantise import LearnedStep, QuantiseError, Scheme, quantise, quantise_weights, run_quantised

pytestmark = pytest.mark.torch


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 4, 5))


INPUT = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(1))
SCHEMES = {"0.weight": Scheme(4), "4.weight": Scheme(1)}


def test_the_output_is_that_of_a_copy_with_quantised_weights():
    module = network().eval()
    by_hand = copy.deepcopy(module)
    with torch.no_grad():
        by_hand[0].weight.copy_(quantise(module[0].weight, Scheme(4)).values)
        by_hand[4].weight.copy_(quantise(module[4].weight, Scheme(1)).values)
    assert torch.equal(run_quantised(module, quantise_weights(module, SCHEMES), INPUT), by_hand(INPUT))
    assert not torch.equal(module(INPUT), by_hand(INPUT))


def test_stored_weights_and_keys_stay():
    module = network().eval()
    before, weight = copy.deepcopy(module.state_dict()), module[0].weight
    run_quantised(module, quantise_weights(module, SCHEMES), INPUT).sum().backward()
    assert module[0].weight is weight
    assert list(module.state_dict()) == list(before)
    assert all(torch.equal(stored, before[name]) for name, stored in module.state_dict().items())


def test_stored_weights_stay_when_the_network_fails():
    module = network()
    weight = module[0].weight
    with pytest.raises(RuntimeError):
        run_quantised(module, quantise_weights(module, SCHEMES), torch.ones(1, 7))
    assert module[0].weight is weight


def test_gradients_reach_the_stored_weights():
    module = network()
    run_quantised(module, quantise_weights(module, SCHEMES), INPUT).square().sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())
    assert module[0].weight.grad.abs().sum() > 0
    assert module[4].weight.grad.abs().sum() > 0


def test_running_statistics_update():
    module = network().train()
    run_quantised(module, quantise_weights(module, SCHEMES), INPUT)
    assert module[1].num_batches_tracked == 1
    assert module[1].running_mean.abs().sum() > 0


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3, bias=False)
        self.second = nn.Linear(3, 3, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(self.first(x))


@pytest.mark.parametrize("names", [["first.weight"], ["second.weight"], ["first.weight", "second.weight"]])
def test_a_shared_weight_is_replaced_wherever_it_is_used(names):
    module, x = Tied(), torch.randn(2, 3)
    quantised = quantise_weights(module, dict.fromkeys(names, Scheme(3)))
    values = quantise(module.first.weight, Scheme(3)).values
    assert torch.equal(run_quantised(module, quantised, x), x @ values.T @ values.T)
    assert len({id(each) for each in quantised.values()}) == 1
    assert module.first.weight is module.second.weight


def test_a_shared_weight_with_two_schemes_is_refused():
    with pytest.raises(QuantiseError, match=r"first\.weight and second\.weight are one tensor"):
        quantise_weights(Tied(), {"first.weight": Scheme(3), "second.weight": Scheme(4)})


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_use_the_quantised_weights(kind):
    # these keep a list of their weights apart, which must follow
    module, x = kind(3, 4), torch.randn(5, 2, 3)
    schemes = {"weight_ih_l0": Scheme(2), "weight_hh_l0": Scheme(2)}
    by_hand = copy.deepcopy(module)
    with torch.no_grad():
        for name, scheme in schemes.items():
            getattr(by_hand, name).copy_(quantise(getattr(module, name), scheme).values)
    output, _ = run_quantised(module, quantise_weights(module, schemes), x)
    assert torch.equal(output, by_hand(x)[0])
    assert not torch.equal(output, module(x)[0])


def test_attention_uses_the_quantised_weights():
    module, x = nn.MultiheadAttention(4, 2).eval(), torch.randn(3, 1, 4)
    zeroed = {"out_proj.weight": quantise(torch.zeros(4, 4), Scheme(8))}
    with torch.no_grad():
        module.out_proj.bias.fill_(0.25)
        output, _ = run_quantised(module, zeroed, x, x, value=x)
    assert output.unique().tolist() == [0.25]


def test_learned_steps_may_stand_among_the_quantised():
    module = network()
    step = LearnedStep(Scheme(4), module[0].weight)
    quantised = {**quantise_weights(module, {"4.weight": Scheme(8)}), "0.weight": step.quantise(module[0].weight)}
    run_quantised(module, quantised, INPUT).square().sum().backward()
    assert step.step.grad is not None
    assert module[0].weight.grad is not None


def test_an_unknown_name_is_refused():
    with pytest.raises(QuantiseError, match=r"no parameter is named 9\.weight .*0\.weight, 0\.bias"):
        quantise_weights(network(), {"9.weight": Scheme(8)})


def test_a_weight_that_cannot_be_quantised_is_named():
    module = network()
    with torch.no_grad():
        module[0].weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(QuantiseError, match=r"^0\.weight: 1 of 108 values are NaN or infinite"):
        quantise_weights(module, SCHEMES)
