"""Objects that a forward returns beside tensors or instead of them."""

from typing import Any

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, said


class Cache:
    """Holds a tensor, and is no container that torch knows."""

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held


class Net(nn.Module):
    def __init__(self, *, is_alone: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.is_alone = is_alone

    def forward(self, x: torch.Tensor) -> Any:
        y = self.fc(x)
        return Cache(y) if self.is_alone else {"cache": (Cache(y),), "scores": torch.relu(y)}


def test_an_object_is_no_output() -> None:
    found = lowered_of(Net(is_alone=False), x=(3,))
    proof = held_against(found)
    assert said(proof) == []
    assert proof.summary == "2 layers, 16 params, 12 MACs: equal to the module; outputs at batch 2 equal"
    assert list(found.imported.graph.outputs) == ["relu"]
    assert found.imported.remarks == ("The forward also returns an object of Cache, which is no output here.",)


def test_an_object_alone_is_refused() -> None:
    with pytest.raises(SpecError, match="its forward returns no tensor that depends on an input") as caught:
        lowered_of(Net(is_alone=True), x=(3,))
    assert caught.value.problems[0].hint == "return the tensors in it, and not Cache"
