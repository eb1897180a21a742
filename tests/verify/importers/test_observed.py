"""Of modules that return several tensors, those that are read are compared with the spec."""

from typing import Any

import pytest
import torch
from torch import nn

from calc.spec.write import spec_text
from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, proved, said


class LastState(nn.Module):
    """A classifier of sequences by the last hidden state."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.layer = nn.LSTM(4, 3, batch_first=batch_first)
        self.fc = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (hidden, _) = self.layer(x if self.batch_first else x.transpose(0, 1))
        return self.fc(hidden[-1])


class Pair(nn.Module):
    """The outputs of two parallel layers, and the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(3, 6)
        self.second = nn.Linear(3, width)

    def forward(self, x: torch.Tensor) -> Any:
        return {"several": [self.first(x), self.second(x)], "arrived": x}


class Reading(nn.Module):
    """A network that returns the parts of a pair that ``read`` chooses."""

    def __init__(self, read: Any, width: int = 4) -> None:
        super().__init__()
        self.pair = Pair(width)
        self.read = read

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.pair(x)
        return self.read(*found["several"], found["arrived"])


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_classifier_by_the_last_hidden_state_is_proved(batch_first: bool) -> None:
    proof = proved(LastState(batch_first), x=(5, 4))
    params, macs = 4 * 3 * (4 + 3 + 2) + 3 * 2 + 2, 5 * 4 * 3 * (4 + 3) + 3 * 2
    assert (said(proof), proof.params, proof.macs) == ([], params, macs)
    assert proof.outputs == "outputs at batch 2 equal"


def test_a_layer_that_returns_another_of_its_tensors_than_is_read_is_found() -> None:
    found = lowered_of(LastState(batch_first=True), x=(5, 4))
    text = spec_text(found.imported.graph).replace(", returns: hidden", "")  # the last step of the sequence is the same
    assert said(held_against(found, text=text))[1:] == [
        "layer: it returns 1×2×3 for 2 samples, but its layers in the spec give 5×3"
    ]


@pytest.mark.parametrize(
    "read",
    [
        lambda first, second, arrived: second * 2,
        lambda first, second, arrived: second,
        lambda first, second, arrived: torch.cat([arrived, first], 1),
    ],
)
def test_what_is_read_of_several_is_proved(read: Any) -> None:
    assert said(proved(Reading(read), x=(3,))) == []


@pytest.mark.parametrize("read", [lambda first, second, arrived: second * 2, lambda first, second, arrived: second])
def test_a_wrong_shape_of_the_one_that_is_read_is_found(read: Any) -> None:
    facts = said(held_against(lowered_of(Reading(read), x=(3,)), Reading(read, width=5)))
    assert "pair: it returns 2×5 for 2 samples, but its layers in the spec give 4, 6" in facts
