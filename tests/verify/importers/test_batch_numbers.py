"""A network that torch.export traces only at fixed batch sizes has no numbers that depend on the batch."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import fx, nn

from calc.errors import SpecError
from tests.verify.importers.modules import layers, lowered_of
from tests.verify.importers.proving import proved, said
from verify.importers.batch_numbers import batch_number, marked


class Net(nn.Module):
    """Calls ``function`` on the input and the batch size as a plain number."""

    def __init__(self, function: Callable[[Any, int], Any]) -> None:
        super().__init__()
        self.function = function
        self.head = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> Any:
        return self.head(self.function(x, int(str(x.shape[0]))))


def test_an_argument_that_goes_by_the_batch_is_refused_at_its_place() -> None:
    with pytest.raises(SpecError, match=r"aten\.mul\.Tensor\): reads a number that depends on the batch"):
        lowered_of(Net(lambda x, batch: x * float(batch)), x=(4,))


def test_sizes_that_go_by_the_batch_are_no_matter() -> None:
    graph = lowered_of(Net(lambda x, batch: (x[:batch].view(batch, 2, 2) + torch.ones(batch, 2, 2)).flatten(1)), x=(4,))
    assert layers(graph.imported.graph) == [
        ("reshape", "reshape"), ("values", "tensor"), ("add", "add"), ("flatten", "flatten"), ("head", "linear"),
    ]  # fmt: skip


def test_a_tensor_filled_by_the_batch_is_found_by_the_proof() -> None:
    wrong = said(proved(Net(lambda x, batch: x + torch.full((batch, 4), float(batch))), x=(4,)))
    assert "depends on the batch size, but on no input" in wrong[0]


def graph(*arguments: Any) -> fx.Graph:
    made = fx.Graph()
    x = made.placeholder("x")
    made.output(made.call_function(torch.roll, (x, *arguments)))
    return made


def test_only_numbers_that_differ_are_marked() -> None:
    first = graph([13, 2], [0, 1])
    assert marked(first, graph([17, 2], [0, 1]))
    numbers = [node.args for node in first.nodes if node.target is batch_number]
    assert numbers == [(13, 17)]
    assert not marked(graph(1, 0), graph(1, None))
    assert not marked(graph(1, 0), graph([1], 0))
    assert not marked(graph(True), graph(False))
