"""Layers of functions are called alike in modules of one class, whatever only some of these run."""

import torch
from torch import nn

from tests.verify.importers.modules import graph_of, layers
from verify.importers.purpose import merged


class Windows(nn.Module):
    """Its first layer adds something that not all of its like do; a second call of one of them has another name."""

    def __init__(self, shifted: bool) -> None:
        super().__init__()
        self.shifted = shifted
        self.proj = nn.Linear(4, 4)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.shifted:
            x = x * 1.5
            x = self.act(x)
        x = (self.act(self.proj(x)) + x) * 0.5
        for _ in range(2):
            x = x * 2.0
        return x


def names(module: nn.Module) -> list[str]:
    return [name for name, word in layers(graph_of(module, input=(4,))) if word in ("multiply", "relu")]


def test_what_only_some_modules_run_shifts_no_number() -> None:
    found = names(nn.Sequential(Windows(False), Windows(True), Windows(False)))
    plain = ["act", "multiply2", "multiply3", "multiply4"]
    assert found == [
        *[f"0.{name}" for name in plain],
        *[f"1.{name}" for name in ("multiply", "act", "act2", "multiply2", "multiply3", "multiply4")],
        *[f"2.{name}" for name in plain],
    ]


def test_a_module_alone_counts_its_own() -> None:
    assert names(nn.Sequential(Windows(False), nn.ReLU())) == ["0.act", "0.multiply", "0.multiply2", "0.multiply3", "1"]


class Taken(nn.Module):
    """A module of it stands where the second product would."""

    def __init__(self, twice: bool) -> None:
        super().__init__()
        self.twice = twice
        self.multiply2 = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.multiply2(x * 1.5)
        return x * 2.0 if self.twice else x


def test_a_number_that_a_module_has_is_left_out() -> None:
    found = layers(graph_of(nn.Sequential(Taken(True), Taken(False)), input=(4,)))
    assert [name for name, _ in found] == ["0.multiply", "0.multiply2", "0.multiply3", "1.multiply", "1.multiply2"]


class Branches(nn.Module):
    """The sums of both branches are the first that run, as the language counts them."""

    def __init__(self, twice: bool) -> None:
        super().__init__()
        self.twice = twice
        self.proj = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.twice:
            return self.proj(x) + x
        return self.proj(x * 2.0) + x


def test_sums_are_counted_one_after_another() -> None:
    found = layers(graph_of(nn.Sequential(Branches(True), Branches(False)), input=(4,)))
    assert [name for name, word in found if word == "add"] == ["0.add", "1.add"]


def test_places_are_put_in_the_order_in_which_they_run() -> None:
    assert merged([[(7, 0)], [(5, 0), (6, 0), (9, 0)], [(5, 0), (6, 0), (7, 0), (8, 0)]]) == [
        (5, 0), (6, 0), (7, 0), (8, 0), (9, 0),
    ]  # fmt: skip
    assert merged([]) == []
