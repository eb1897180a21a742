"""Modules that a forward calls in a loop are written once and counted as often as they run."""

from typing import Any

import pytest
import torch
from torch import nn

from calc.sources.written import imported_text
from calc.spec import loads
from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, said
from verify.importers.lowering import Lowered

TURNS = 5
CELL = 9 * (2 + 3) * 4 * 3  # weights of a kernel of 3 × 3 from 2 + 3 channels to four gates of 3
MACS = TURNS * CELL * 16 + 3 * 16  # on 4 × 4 places, and the head


class Cell(nn.Module):
    """A convolutional LSTM."""

    def __init__(self, channels: int = 2) -> None:
        super().__init__()
        self.gates = nn.Conv2d(channels + 3, 4 * 3, 3, padding=1)

    def forward(self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i, f, o, g = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Recurrent(nn.Module):
    """A recurrent network; ``how`` names its initial state, or another difference."""

    def __init__(self, how: str = "zeros") -> None:
        super().__init__()
        self.how = how
        self.cell = Cell()
        if how == "a module called step2":
            self.step2 = nn.Tanh()
        self.head = nn.Conv2d(3, 1, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = x.new_zeros(x.shape[0], 3, *x.shape[-2:])
        c = h if self.how == "one tensor for both" else x.new_zeros(x.shape[0], 3, *x.shape[-2:])
        for at in range(x.shape[1]):
            h, c = self.cell(x[:, at], h, c)
        return self.head(self.step2(h) if self.how == "a module called step2" else h)


def imported(module: nn.Module, **inputs: tuple[int, ...]) -> tuple[Lowered, str]:
    """The import, proved, and its text."""
    found = lowered_of(module, **inputs)
    text = imported_text(found.imported)
    proof = held_against(found, text=text)
    assert said(proof) == []
    assert "equal" in proof.outputs
    return found, text


@pytest.mark.parametrize("how", ["zeros", "one tensor for both", "a module called step2"])
def test_a_cell_in_a_loop_is_written_once(how: str) -> None:
    found, text = imported(Recurrent(how), x=(TURNS, 2, 4, 4))
    proof = held_against(found, text=text)
    assert (proof.params, proof.macs) == (CELL + 4 * 3 + 3, MACS)
    assert "repeat: 3}" in text
    assert text.count("conv2d: {out_channels: 12") == 1
    if how != "one tensor for both":  # which is no block of an input each, since its first turn has one for two
        assert "cell: {again: cell, from:" in text
        assert text.count("sigmoid3: ") == 1


class Stacked(nn.Module):
    """Several cells in each iteration, in sequence."""

    def __init__(self, cells: int) -> None:
        super().__init__()
        self.bottom = nn.Conv2d(2, 3, 1, bias=False)
        self.cells = nn.ModuleList([Cell(3) for _ in range(cells)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        zeros = x.new_zeros(x.shape[0], 3, *x.shape[-2:])
        states = [(zeros, zeros + 0) for _ in self.cells]
        for at in range(x.shape[1]):
            y = self.bottom(x[:, at])
            for number, cell in enumerate(self.cells):
                states[number] = cell(y, *states[number])
                y = states[number][0]
        return y


@pytest.mark.parametrize("cells", [2, 3])
def test_cells_on_each_other_are_written_once_and_their_turns_repeat(cells: int) -> None:
    _, text = imported(Stacked(cells), x=(TURNS, 2, 4, 4))
    assert text.count("conv2d: {out_channels: 12") == 1
    assert text.count("{again: cells.") == cells
    assert "repeat: 3" in text


class Refines(nn.Module):
    """Two modules in each iteration, the first of which has modules of its own. The last iteration lacks the second."""

    def __init__(self) -> None:
        super().__init__()
        self.update = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
        self.out = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for turn in range(4):
            x = x + self.update(x) * 0.5
            if turn < 3:
                x = self.out(x)
        return x


def test_turns_of_which_the_last_is_shorter() -> None:
    found, text = imported(Refines(), x=(7, 4))
    graph = found.imported.graph
    assert [node.name for node in graph.layers if node.name.startswith("step")][:3] == [
        "step2.update.0",
        "step2.update.1",
        "step2.update.2.0",
    ]
    assert sum(node.again for node in graph.layers) == 3 * 4 + 2
    assert loads(text).name == "net"


class Alone(nn.Module):
    """One module that reads its own output in each iteration, as in ALBERT."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(6):
            x = self.block(x)
        return x


def test_a_module_on_what_it_made_is_repeated() -> None:
    _, text = imported(Alone(), x=(7, 4))
    assert '"block{i + 2}": {again: block, repeat: 5}' in text


class Shares(nn.Module):
    """One activation module between different layers, which is no loop."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = (nn.Linear(4, 4) for _ in range(3))
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.fc3(self.act(self.fc2(self.act(self.fc1(x))))))


def test_an_activation_that_layers_share_makes_no_loop() -> None:
    graph = imported(Shares(), x=(7, 4))[0].imported.graph
    names: list[Any] = [node.name for node in graph.layers]
    assert names == ["fc1", "act", "fc2", "act2", "fc3", "act3"]
    assert not [node for node in graph.layers if node.again]
