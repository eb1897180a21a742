"""Pools over windows, and adaptive ones."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import words, words_of
from tests.verify.importers.modules import fields, lowered_of
from tests.verify.importers.proving import held_against, said


def test_pools_over_windows() -> None:
    assert words_of(nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), (2, 7, 6)) == "max_pool2d"
    assert words_of(nn.MaxPool1d(2, dilation=2), (2, 7)) == "max_pool1d"
    assert words_of(nn.AvgPool2d(2, padding=1, count_include_pad=False), (2, 6, 6)) == "avg_pool2d"
    assert words_of(nn.AvgPool3d(2, divisor_override=5), (2, 4, 4, 4)) == "avg_pool3d"


def test_of_a_maximum_and_where_it_was_the_maximum_is_taken() -> None:
    assert words(lambda _, x: functional.max_pool2d(x, 2, return_indices=True)[0], (2, 4, 4)) == "max_pool2d"


def test_what_is_usual_is_not_said() -> None:
    graph = lowered_of(nn.Sequential(nn.AvgPool2d(2)), input=(2, 6, 6)).imported.graph
    assert {name: value for name, value in fields(graph, "0").items() if value} == {"kernel_size": 2}


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_way_back_from_a_max_pool_reads_what_the_pool_read(rank: int) -> None:
    pool, unpool = (getattr(functional, f"max_{name}{rank}d") for name in ("pool", "unpool"))
    window = {"kernel_size": 3, "stride": 2, "padding": 1}

    class Net(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            largest, places = pool(x, **window, return_indices=True)
            return unpool(largest * 2, places, **window, output_size=x.shape[-rank:])

    found = lowered_of(Net(), x=(2, 5, 7, 5)[: rank + 1])
    graph = found.imported.graph
    (back,) = [node for node in graph.layers if node.op.word == f"max_unpool{rank}d"]
    assert [each for each in back.op.values().items() if each[1]] == list(window.items())
    assert back.inputs[1] == graph.inputs["input"]
    assert said(held_against(found)) == []


def test_other_places_than_those_of_a_pool_are_refused() -> None:
    def other(_: nn.Module, x: torch.Tensor) -> torch.Tensor:
        largest, places = functional.max_pool2d(x, 2, return_indices=True)
        return functional.max_unpool2d(largest, places * 1, 2)

    with pytest.raises(SpecError) as caught:
        words(other, (2, 4, 4))
    assert [problem.fact for problem in caught.value.problems] == [
        "reads a result that calc's op does not have, such as the positions of maxima",
        "reads positions that are not those of a max pool",
    ]


def test_a_way_back_to_other_sizes_is_refused() -> None:
    def smaller(_: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), 2)

    with pytest.raises(SpecError, match="gives 4×4, but the pool read 5×4"):
        words(smaller, (2, 5, 4))


def test_adaptive_pools() -> None:
    assert words_of(nn.AdaptiveAvgPool2d((2, 3)), (2, 6, 6)) == "adaptive_avg_pool2d"
    assert words_of(nn.AdaptiveMaxPool2d(2), (2, 6, 6)) == "adaptive_max_pool2d"
    assert words(lambda _, x: functional.adaptive_avg_pool1d(x, 3), (2, 6)) == "adaptive_avg_pool1d"


def test_windows_folded_into_the_batch_stay_an_axis() -> None:
    def net(_: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(x.flatten(0, 1), 2).unflatten(0, (-1, 3))

    assert words(net, (3, 2, 4, 4)) == "reshape max_pool2d"
