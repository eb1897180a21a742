"""Buffers that grow from call to call, or that are empty, are refused."""

from typing import Any

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from tests.verify.importers.modules import loaded
from verify.importers import traced
from verify.importers.kept import require_buffers_of_one_size


class Keeps(nn.Module):
    """Keeps ``rows`` rows of its inputs: all of them, or the newest."""

    def __init__(self, rows: int, *, grows: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.grows = grows
        self.register_buffer("memory", torch.zeros(rows, 4))

    def forward(self, x: torch.Tensor) -> Any:
        kept = self.memory if self.grows else self.memory[1:]
        self.memory = torch.cat([kept, torch.ones(1, 4)])
        return self.fc(x) @ self.memory.T


def check(module: nn.Module) -> None:
    require_buffers_of_one_size(traced(loaded(module, x=(4,))))


@pytest.mark.parametrize(
    "rows, fact", [(2, "2×4 before a call and 3×4 after it"), (1, "1×4 before a call and 2×4 after it")]
)
def test_a_buffer_that_grows_is_refused(rows: int, fact: str) -> None:
    with pytest.raises(SpecError, match=f"its buffer memory is {fact}, so each call is another network"):
        check(Keeps(rows, grows=True))


def test_a_buffer_or_a_parameter_without_elements_is_refused() -> None:
    module = Keeps(0, grows=True)
    module.scale = nn.Parameter(torch.zeros(0))
    with pytest.raises(SpecError) as caught:
        check(module)
    facts = [each.fact for each in caught.value.problems]
    assert facts == ["its parameter scale is 0: it holds no element", "its buffer memory is 0×4: it holds no element"]


def test_a_buffer_of_one_size_is_let_be() -> None:
    check(Keeps(3, grows=False))


class Fills(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("memory", torch.zeros(3, 4))
        self.register_buffer("unsaved", torch.zeros(0, 4), persistent=False)

    def forward(self, x: torch.Tensor) -> Any:
        self.memory.copy_(torch.ones(1))
        return x + self.memory.sum() + self.unsaved.sum()


def test_what_is_repeated_to_fill_a_buffer_has_its_size() -> None:
    check(Fills())
