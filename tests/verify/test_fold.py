"""Folded weights do the work of the norm for every layer. The tests run the norm and have no formula."""

from typing import Any

import pytest
import torch

from calc.model.graph import Graph
from tests.calc.graphs import Draft
from verify.build import Network, build
from verify.errors import VerifyError
from verify.fold import folded_state, scale_and_shift
from verify.lively import lively

pytestmark = pytest.mark.torch


def lively_network(graph: Graph) -> Network:
    network = build(graph)
    network.load_state_dict(lively(network.state_dict()))
    return network.double()


def test_a_norm_is_seen_as_a_scale_and_a_shift() -> None:
    norm = torch.nn.BatchNorm2d(2, eps=1.0).double().eval()
    norm.weight.data = torch.tensor([6.0, 3.0]).double()
    norm.bias.data = torch.tensor([1.0, 0.0]).double()
    norm.running_mean, norm.running_var = torch.tensor([5.0, 7.0]).double(), torch.tensor([3.0, 8.0]).double()
    scale, shift = scale_and_shift(norm, (2, 3, 3), -3, torch.float64)
    assert scale.tolist() == [6 / (3 + 1) ** 0.5, 3 / (8 + 1) ** 0.5]
    assert shift.tolist() == [1 - 5 * 3, -7]


@pytest.mark.parametrize(
    "word, sizes, values",
    [
        ("conv2d", (4, 5, 6), {"out_channels": 6, "kernel_size": 3, "padding": 1, "groups": 2}),
        ("conv2d", (4, 5, 6), {"out_channels": 6, "kernel_size": [3, 1], "padding": "same", "bias": False}),
        ("linear", (3, 4), {"out_features": 6, "bias": False}),
        ("conv1d", (4, 7), {"out_channels": 8, "kernel_size": 2, "groups": 4, "bias": False}),
        ("conv_transpose2d", (4, 5, 6), {"out_channels": 6, "kernel_size": 3, "stride": 2, "groups": 2}),
        ("conv_transpose1d", (4, 5), {"out_channels": 6, "kernel_size": 3, "bias": False}),
        ("conv_transpose3d", (4, 2, 3, 2), {"out_channels": 3, "kernel_size": 2}),
    ],
)
@pytest.mark.parametrize("norm", ["batch_norm", "frozen_batch_norm"])
def test_the_layer_alone_gives_what_both_gave(
    word: str, sizes: tuple[int, ...], values: dict[str, Any], norm: str
) -> None:
    channels: Any = "last" if word == "linear" else "first"
    draft, alone = Draft(*sizes, channels=channels), Draft(*sizes, channels=channels)
    draft.add("layer", word, **values)
    draft.add("norm", norm)
    alone.add("layer", word, **(values | {"bias": True}))
    both, one = lively_network(draft.graph()), build(alone.graph()).double()
    state = folded_state(draft.graph(), both, {"input", "layer"})
    one.load_state_dict({key: state[key] for key in one.state_dict()})
    x = torch.randn(2, *sizes, dtype=torch.float64)
    torch.testing.assert_close(one(x), both(x), rtol=0, atol=1e-13)


def test_an_instance_norm_with_running_statistics() -> None:
    draft, alone = Draft(3, 4, 4), Draft(3, 4, 4)
    for each in (draft, alone):
        each.add("layer", "conv2d", out_channels=6, kernel_size=3)
    draft.add("norm", "instance_norm", affine=True, track_running_stats=True)
    both, one = lively_network(draft.graph()), build(alone.graph()).double()
    state = folded_state(draft.graph(), both, {"input", "layer"})
    one.load_state_dict({key: state[key] for key in one.state_dict()})
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(one(x), both(x), rtol=0, atol=1e-13)


def test_a_norm_that_goes_with_no_layer_to_do_it_is_refused() -> None:
    draft = Draft(3, 4, 4)
    draft.add("act", "relu")
    draft.add("norm", "batch_norm")
    with pytest.raises(VerifyError, match="norm: cannot be folded, because act before it has no weights"):
        folded_state(draft.graph(), lively_network(draft.graph()), {"input", "act"})
