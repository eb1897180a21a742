"""Tests of the check that no module lacks the parameters that its forward reads."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.verify.importers.modules import loaded
from verify.errors import VerifyError
from verify.importers import traced
from verify.importers.unsaved import require_parameters_saved


class Hides(nn.Module):
    """Reads parameters in a list, one of them frozen, and those of a layer in a mapping; another one is never read."""

    def __init__(self) -> None:
        super().__init__()
        frozen = nn.Parameter(torch.ones(4), requires_grad=False)
        self.tables = [nn.Parameter(torch.ones(4, 4)), frozen, nn.Parameter(torch.ones(7))]
        self.layers = {"fc": nn.Linear(4, 4)}

    def forward(self, x: torch.Tensor) -> Any:
        return self.layers["fc"](x @ self.tables[0]) + self.tables[1]


class HoldsConstants(nn.Module):
    """Reads a tensor that is not learnable, and one parameter under a second name."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.constants = [torch.ones(4), self.fc.weight.data]

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x + self.constants[0]) @ self.constants[1]


def check(module: nn.Module) -> None:
    require_parameters_saved("test:net", module, traced(loaded(module, x=(4,))).program)


def test_parameters_that_no_module_holds_are_counted_and_refused() -> None:
    with pytest.raises(VerifyError) as caught:
        check(Hides())
    elements = 4 * 4 + (4 * 4 + 4) + 4
    assert f"reads 4 learnable tensors with {elements} elements that are not in its state dict" in caught.value.fact


def test_constants_and_views_of_parameters_are_let_be() -> None:
    check(HoldsConstants())
