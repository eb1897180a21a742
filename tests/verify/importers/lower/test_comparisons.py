"""Comparisons, masks that are computed from ids, and choices by them."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words
from tests.verify.importers.modules import layers, lowered_of
from tests.verify.importers.proving import held_against, said


def test_what_arrives_as_a_condition() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        gates = x.relu()
        x = torch.where(gates != 0, x, 2.0) + torch.where(gates == 0, x * 3, x)
        return x.masked_fill(gates == 0, -1.0)

    assert words(net, (3, 4)) == "relu where multiply where add where"


def test_numbers_as_booleans_are_compared_with_0() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        gates = x.relu()
        return torch.where(gates.bool(), x, 2.0) + x * gates.to(torch.bool)

    assert words(net, (3, 4)) == "relu where compare multiply add"


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_numbers_are_compared(name: str) -> None:
    compare = getattr(torch, name)
    assert words(lambda _, x: x + compare(x, 0.25), (4,)) == "compare add"
    assert words(lambda _, x: x + compare(x, x.relu()) * x, (4,)) == "relu compare multiply add"


def test_what_hides_is_its_opposite() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return x.masked_fill(x > 0.5, 2.0) + torch.where(x < -0.5, x, x * 2)

    assert words(net, (4,)) == "compare where compare multiply where add"


def test_a_mask_that_something_else_reads_too_is_turned() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        mask = x > 0.5
        return x.masked_fill(mask, 2.0) * mask + torch.where(mask, 1.0, x)

    assert words(net, (4,)) == "compare compare where multiply compare where add"


def test_conditions_are_combined() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        low, high = x < 0.25, x > -0.25
        return x * (low & ~high | high) + x * (low ^ high)

    found = words(net, (4,)).split()
    assert (found.count("compare"), found.count("multiply"), found.count("add")) == (5, 3, 2)


def test_bits_of_integers_are_none_of_it() -> None:
    with pytest.raises(SpecError, match="of integers works on bits, but calc has it only for booleans"):
        proved_words(_OfIds(lambda ids: ~ids))
    with pytest.raises(SpecError, match="compares with inf"):
        words(lambda _, x: x * (x != float("inf")), (4,))


def test_a_forward_may_return_what_is_true() -> None:
    assert words(lambda _, x: (x > 0.25, x), (4,)) == "compare"


class _OfIds(nn.Module):
    """Looks up the ids that ``change`` computes from its input."""

    def __init__(self, change: Any = lambda ids: ids) -> None:
        super().__init__()
        self.table = nn.Embedding(40, 8)
        self.change = change

    def forward(self, ids: Tensor) -> Any:
        return self.table(self.change(ids))


class _Attends(_OfIds):
    def forward(self, ids: Tensor) -> Any:
        x = self.table(ids)
        hidden = ids.eq(1)
        scores = (x @ x.transpose(1, 2)).masked_fill(hidden.unsqueeze(1), float("-inf"))
        seen = (~hidden).unsqueeze(-1)
        return (scores.softmax(-1) @ x * seen).sum(1) / seen.sum(1)


class _AttendsAtOnce(_OfIds):
    def forward(self, ids: Tensor) -> Any:
        x = self.table(ids).unsqueeze(1)
        return functional.scaled_dot_product_attention(x, x, x, attn_mask=(ids != 1)[:, None, None, :])


class _IsPaddedByTorch(_OfIds):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, ids: Tensor) -> Any:
        x = self.table(ids)
        return self.attention(x, x, x, key_padding_mask=ids == 1, need_weights=False)[0]


class _CountsPositions(_OfIds):
    """Positions that count the tokens without padding, as in RoBERTa."""

    def forward(self, ids: Tensor) -> Any:
        is_token = ids.ne(1).int()
        return self.table((torch.cumsum(is_token, dim=1).type_as(is_token) * is_token).long() + 1) + self.table(ids)


class _SharesATable(_OfIds):
    """Each position of the ids has rows of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("starts", torch.tensor([0, 10, 20]), persistent=False)

    def forward(self, ids: Tensor) -> Any:
        return self.table(ids + self.starts)


def proved_words(module: nn.Module, length: int = 8) -> str:
    found = lowered_of(module, ids=(length,))
    assert said(held_against(found)) == []
    return " ".join(word for _, word in layers(found.imported.graph))


@pytest.mark.parametrize(
    "module, length, wanted",
    [
        (_AttendsAtOnce(), 8, "embedding unsqueeze compare unsqueeze unsqueeze subtract multiply "
                              "scaled_dot_product_attention"),
        (_CountsPositions(), 8, "compare compare cumsum multiply add embedding embedding add"),
        (_SharesATable(), 3, "tensor add embedding"),
        (_OfIds(lambda ids: ids + (ids == 0).long() * 5), 8, "compare compare multiply add embedding"),
    ],
)  # fmt: skip
def test_ids_become_masks_and_further_ids(module: nn.Module, length: int, wanted: str) -> None:
    assert sorted(proved_words(module, length).split()) == sorted(wanted.split())


@pytest.mark.parametrize("module, compared", [(_Attends(), 3), (_IsPaddedByTorch(), 2)])
def test_padding_is_hidden_from_scores(module: nn.Module, compared: int) -> None:
    found = proved_words(module).split()
    assert found.count("compare") == compared
    assert "where" in found


def test_a_choice_between_two_numbers() -> None:
    assert words(lambda _, x: x * torch.where(x > 0.5, 2.0, -1.0), (4, 5)) == "compare tensor where multiply"
