"""Modules that cannot run are refused with a hint."""

from collections.abc import AsyncIterator, Iterator

import pytest
import torch
from torch import nn

from verify.errors import VerifyError
from verify.importers.runnable import require_runnable


class Asynchronous(nn.Linear):
    async def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]  # what is tested
        return super().forward(x)


class AsynchronousGenerator(nn.Linear):
    async def forward(self, x: torch.Tensor) -> AsyncIterator[torch.Tensor]:  # type: ignore[override]  # as above
        yield super().forward(x)


class Generator(nn.Linear):
    def forward(self, x: torch.Tensor) -> Iterator[torch.Tensor]:  # type: ignore[override]  # as above
        yield super().forward(x)


class Unsized(nn.Linear):
    def __init__(self) -> None:
        super().__init__(3, 4)
        self.register_buffer("seen", nn.UninitializedBuffer())


@pytest.mark.parametrize(
    "network, fact, hint",
    [
        (Asynchronous(3, 4), "its forward is asynchronous", "asyncio.run(self.net(x))"),
        (AsynchronousGenerator(3, 4), "its forward is asynchronous", "asyncio.run(self.net(x))"),
        (Generator(3, 4), "its forward is a generator (yield)", "list(self.net(x))"),
        (nn.LazyLinear(4), "the network itself (LazyLinear): parameters without sizes", "run the network once"),
        (nn.Sequential(nn.Linear(3, 4), nn.LazyLinear(4)), "1 (LazyLinear): parameters without", "run the network"),
        (Unsized(), "the network itself (Unsized): parameters without sizes", "run the network once"),
    ],
)
def test_it_is_refused(network: nn.Module, fact: str, hint: str) -> None:
    with pytest.raises(VerifyError) as caught:
        require_runnable("net.py:make", network)
    assert caught.value.fact.startswith(f"net.py:make: {fact}")
    assert hint in caught.value.hint


def test_a_lazy_layer_that_has_run_is_taken() -> None:
    network = nn.Sequential(nn.LazyLinear(4), nn.ReLU())
    network(torch.zeros(2, 3))
    require_runnable("net.py:make", network)
