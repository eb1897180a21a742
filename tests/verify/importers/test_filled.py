"""Tensors that depend only on the sizes of an input are constants."""

import pytest
import torch
from torch import Tensor, fx

from calc.errors import OpError
from tests.verify.importers.lower_check import Net, words
from verify.importers.filled import filled


def test_they_are_constants_and_may_be_written_into() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        mask = x.new_zeros(4, 5)
        mask[:2, 1:] = 3
        return x + torch.zeros_like(x) + mask + x.new_full((5,), 2.0)

    assert words(net, (4, 5)) == "tensor add tensor add tensor add"


def test_what_is_filled_in_at_first_is_layers_once_something_arrives_in_it() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        shifted = torch.zeros_like(x)
        shifted[:, 1:] = x[:, :-1]
        return x + shifted

    assert words(net, (4, 5)) == "slice tensor slice concat add"


def test_one_filled_with_what_is_no_number_is_refused() -> None:
    graph = fx.Graph()
    x = graph.placeholder("x")
    with pytest.raises(OpError, match="fills a tensor with a number that depends on"):
        filled(graph.call_function(torch.ops.aten.full_like.default, (x, x)), (2,), torch.float32)
