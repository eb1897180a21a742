"""Wrappers are removed with a remark, quantised modules are refused, and prepared ones get a remark."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from calc.model.graph import buffers
from tests.verify.importers.modules import layers, lowered_of
from tests.verify.importers.proving import held_against, said
from verify.errors import VerifyError
from verify.importers.wrapped import QUANTISED, REMADE, unwrapped

pytestmark = pytest.mark.filterwarnings("ignore")  # torch.ao and weight_norm are deprecated


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU())


def test_a_compiled_network_of_parallel_parts_is_that_inside() -> None:
    inner = net()
    made = torch.compile(nn.Sequential(nn.DataParallel(inner), torch.compile(nn.Linear(4, 2))))
    found = unwrapped("test:net", made)
    assert list(found.network.state_dict()) == ["0.0.weight", "0.0.bias", "1.weight", "1.bias"]
    assert found.network[0] is inner
    assert found.remarks == (
        "torch.compile, around the network or its parts, is removed, and so is its _orig_mod in keys.",
        "DataParallel, around the network or its parts, is removed, and so is its module in keys.",
    )
    assert layers(lowered_of(found.network, input=(3,)).imported.graph)[-1] == ("1", "linear")


def test_a_network_as_it_is_has_no_remark() -> None:
    made = net()
    assert unwrapped("test:net", made) == (made, ())


class WithStubs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.quant = torch.ao.quantization.QuantStub()
        self.fc = nn.Linear(3, 3)
        self.plus = torch.ao.nn.quantized.FloatFunctional()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.quant(x)
        return self.plus.add(self.fc(x), x)


def test_a_network_that_is_made_to_be_quantised_is_told() -> None:
    made = WithStubs()
    assert unwrapped("test:net", made) == (made, (QUANTISED,))
    assert [word for _, word in layers(lowered_of(made, x=(3,)).imported.graph)] == ["linear", "add"]


@pytest.mark.parametrize(
    ("module", "fact"),
    [
        (lambda: torch.ao.nn.quantized.Linear(3, 4), "0 is quantised (Linear)"),
        (lambda: torch.ao.nn.quantized.dynamic.Linear(3, 4), "0 is quantised (Linear)"),
        (torch.ao.quantization.HistogramObserver, "0 was added to quantise the network (HistogramObserver)"),
    ],
    ids=["in codes", "in codes at each call", "observed"],
)
def test_what_is_quantised_is_refused_by_name(module: Callable[[], nn.Module], fact: str) -> None:
    with pytest.raises(VerifyError) as caught:
        unwrapped("test:net", nn.Sequential(module()))
    assert caught.value.fact.startswith(f"test:net: {fact}")
    assert "--bits 8" in caught.value.hint


@pytest.mark.parametrize(
    ("norm", "words"),
    [
        (nn.utils.weight_norm, ["power", "reduce", "sqrt", "divide", "multiply"]),
        (nn.utils.parametrizations.weight_norm, ["power", "reduce", "sqrt", "divide", "multiply"]),
        (partial(nn.utils.weight_norm, dim=None), ["power", "reduce", "sqrt", "divide", "multiply"]),
        (partial(nn.utils.parametrizations.weight_norm, dim=1), ["power", "reduce", "sqrt", "divide", "multiply"]),
        (nn.utils.spectral_norm, ["matmul", "matmul", "divide"]),
        (nn.utils.parametrizations.spectral_norm, ["matmul", "matmul", "divide"]),
    ],
    ids=["weight_norm", "parametrised weight_norm", "of all", "of columns", "spectral_norm", "parametrised"],
)
def test_a_weight_that_each_call_works_out_is_imported_with_that_and_told(norm: Any, words: list[str]) -> None:
    made = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    norm(made[0])
    assert unwrapped("test:net", made).remarks == (f"Each call computes weights of 0, and {REMADE}.",)
    found = lowered_of(made.eval(), input=(3,))
    assert said(held_against(found)) == []
    arranged = ("tensor", "unsqueeze", "squeeze", "linear", "relu")
    assert [word for _, word in layers(found.imported.graph) if word not in arranged] == words


def test_the_vectors_of_a_spectral_norm_are_tensors_once() -> None:
    made = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)))
    graph = lowered_of(made.eval(), input=(3,)).imported.graph
    vectors = {key: sizes for key, sizes in buffers(graph).items() if "weight.0" in key}
    assert vectors == {"0.parametrizations.weight.0._v": (3,), "0.parametrizations.weight.0._u": (4,)}
    assert not [node.name for node in graph.layers if node.training_only]


def test_a_weight_that_calc_cannot_say_is_refused_with_what_leaves_it_alone() -> None:
    made = net()
    nn.utils.parametrizations.orthogonal(made[0])
    with pytest.raises(SpecError) as caught:
        lowered_of(made, input=(3,))
    hint = "torch.nn.utils.parametrize.remove_parametrizations(net.get_submodule('0'), 'weight')"
    assert hint in str(caught.value)
