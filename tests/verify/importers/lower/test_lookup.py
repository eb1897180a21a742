"""Constant positions, rows of tables, and windows over an axis."""

import pytest
import torch
from torch import Tensor, nn

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words
from tests.verify.importers.modules import fields, layers, lowered_of
from tests.verify.importers.proving import held_against, said


def test_positions() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        order = torch.tensor([2, 0, -1])
        return x[:, order] + x.index_select(1, self.unsaved_order) + x[:, :, [0, 1]].sum(2, keepdim=True)[:, :3]

    found = words(net, (4, 5), {"unsaved_order": torch.tensor([1, 1, 3])}).split()
    assert found.count("index") == 3


def test_positions_of_two_axes_at_once() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        rows, columns = torch.tensor([[0, 1], [2, 0]]), torch.tensor([1, 3])
        return x[:, rows, columns]

    assert words(net, (3, 4)) == "flatten index reshape"


def test_positions_beside_the_numbers_of_the_samples() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        samples = torch.arange(len(x))[:, None, None]
        return x[samples, torch.tensor([2, 0])] + x[samples, torch.arange(4)[:, None]]

    assert words(net, (4,)) == "index reshape reshape add"


def test_positions_of_several_samples_are_refused() -> None:
    for positions in (torch.arange(4), torch.arange(2)[:, None, None]):
        with pytest.raises(SpecError):
            words(lambda _, x, p=positions: x[torch.arange(len(x))[None], p] * 2, (4,))


def test_rows_of_a_table_by_a_saved_tensor_of_indices() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        bias = self.table[self.index.flatten()].reshape(9, 9, -1).permute(2, 0, 1)
        return x + bias + self.across[:, self.index]

    index = torch.arange(81).reshape(9, 9) % 17
    found = words(net, (2, 9, 9), {"index": index}, table=torch.randn(17, 2), across=torch.randn(2, 17)).split()
    assert found.count("embedding") == 2


def test_windows() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return x.unfold(2, 4, 2)

    assert words(net, (3, 6, 2)) == "index reshape permute"


def test_positions_that_depend_on_what_arrives_are_refused() -> None:
    with pytest.raises(SpecError, match="selects positions that depend on the network's input"):
        words(lambda _, x: x[:, x.long()[0]], (4,))


class Typed(nn.Module):
    """Looks the type of each token up in a buffer by its position, which depends on the ids, as RoBERTa does."""

    def __init__(self, types: Tensor) -> None:
        super().__init__()
        self.register_buffer("types", types, persistent=False)
        self.places, self.of_types = nn.Embedding(9, 3), nn.Embedding(2, 3)

    def forward(self, ids: Tensor) -> Tensor:
        at = (ids != 1).int().cumsum(1).long()
        types = self.types.expand(ids.shape[0], -1).gather(1, at)
        return self.places(at) + self.of_types(types)


def test_elements_of_a_tensor_of_equal_numbers_are_this_number_at_every_position() -> None:
    found = lowered_of(Typed(torch.ones(1, 9, dtype=torch.int64)), ids=(5,))
    assert ("values", "tensor") in layers(found.imported.graph)
    assert said(held_against(found)) == []


def test_elements_at_positions_that_depend_on_what_arrives_are_refused() -> None:
    with pytest.raises(SpecError) as raised:
        lowered_of(Typed(torch.arange(9)[None] % 2), ids=(5,))
    assert "selects elements at positions that depend on the network's input" in str(raised.value)
    assert "near: index, for positions that are the same in every sample" in str(raised.value)


def test_bags_of_one_length() -> None:
    class Bags(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bag = nn.EmbeddingBag(9, 3, mode="sum", padding_idx=1)

        def forward(self, ids: Tensor) -> Tensor:
            return self.bag(ids.flatten(0, 1)).unflatten(0, (-1, 4))

    graph = lowered_of(Bags(), ids=(4, 5)).imported.graph
    assert layers(graph)[-1] == ("bag", "embedding_bag")
    assert fields(graph, "bag")["padding_idx"] == 1
