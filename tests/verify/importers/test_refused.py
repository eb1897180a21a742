"""A forward that runs in a thread, which torch.export cannot trace, is refused with a reason."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from tests.verify.importers.modules import loaded, lowered_of
from verify.importers import traced


def in_a_thread(make: Callable[[], torch.Tensor]) -> torch.Tensor:
    made: list[torch.Tensor] = []
    thread = threading.Thread(target=lambda: made.append(make()))
    thread.start()
    thread.join()
    return made[0]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)


class CallsAModule(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return in_a_thread(lambda: self.fc(x))


class ComputesATensor(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(in_a_thread(lambda: x * 2))


class ForgetsIt(Net):
    def forward(self, x: torch.Tensor) -> Any:
        in_a_thread(lambda: self.fc(x))
        return self.fc(x)


@pytest.mark.parametrize(
    "module, fact",
    [
        (CallsAModule, "fc (Linear): it is called in a thread, which torch.export cannot trace"),
        (ComputesATensor, "a tensor of its forward is created where torch.export cannot see it, as in a thread"),
    ],
)
def test_what_a_thread_makes_is_refused(module: type[nn.Module], fact: str) -> None:
    with pytest.raises(SpecError) as caught:
        traced(loaded(module(), x=(3,)))
    assert fact in str(caught.value)
    assert caught.value.problems[0].hint == "call the modules one after another in the forward, without threads"


def test_what_a_thread_makes_in_vain_is_let_be() -> None:
    assert [node.name for node in lowered_of(ForgetsIt(), x=(3,)).imported.graph.layers] == ["fc"]
