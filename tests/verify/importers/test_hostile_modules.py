"""Modules that are hard to import are imported and proved, or refused with a reason."""

import random
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from calc.importing import Proof
from tests.verify.importers.modules import loaded
from tests.verify.importers.proving import proved, said
from verify.errors import VerifyError
from verify.importers import lowered, traced

EQUAL = "equal to the module; outputs at batch 2 equal"


class Net(nn.Module):
    """A layer of 12 MACs and 16 params, with a forward that each test replaces."""

    calls = 0
    scale = 1.0
    last: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)


class Prints(Net):
    def forward(self, x: torch.Tensor) -> Any:
        print("said by the forward")
        return self.fc(x)


class Sleeps(Net):
    def forward(self, x: torch.Tensor) -> Any:
        time.sleep(0.001)
        return self.fc(x)


class ReturnsADict(Net):
    def forward(self, x: torch.Tensor) -> Any:
        y = self.fc(x)
        return {"second": y, "first": [torch.relu(y), None, (torch.sigmoid(y),)]}


@dataclass
class Scores:
    """A container that torch does not know."""

    scores: torch.Tensor
    parts: tuple[Any, ...]


class ReturnsADataclass(Net):
    def forward(self, x: torch.Tensor) -> Any:
        y = self.fc(x)
        return Scores(y, (torch.relu(y), {"inner": Scores(torch.sigmoid(y), ())}))


class ReturnsItTwice(Net):
    def forward(self, x: torch.Tensor) -> Any:
        y = self.fc(x)
        return [y, y]


class ReturnsItsInput(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x), x


class HasNoParameters(nn.Module):
    def forward(self, x: torch.Tensor) -> Any:
        return torch.relu(x) * 2


class HasMoreThanItUses(Net):
    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Parameter(torch.ones(7))
        self.head = nn.Linear(2, 2)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x)


class HasATensor(Net):
    def __init__(self) -> None:
        super().__init__()
        self.steps = torch.arange(4.0)

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x) + self.steps


class SharesModules(Net):
    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.alias = self.block

    def forward(self, x: torch.Tensor) -> Any:
        return self.alias(self.block(self.block(self.fc(x))))


class OnlyRemembers(Net):
    def forward(self, x: torch.Tensor) -> Any:
        self.last = self.fc(x)
        return self.last


class HasHooks(Net):
    def __init__(self) -> None:
        super().__init__()
        self.fc.register_forward_hook(lambda _module, _inputs, output: output * 2)
        self.register_forward_pre_hook(lambda _module, inputs: (inputs[0] * 2,))

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x)


@pytest.mark.parametrize(
    "module, counts",
    [
        (Prints, "1 layer, 16 params, 12 MACs"),
        (Sleeps, "1 layer, 16 params, 12 MACs"),
        (ReturnsADict, "3 layers, 16 params, 12 MACs"),
        (ReturnsADataclass, "3 layers, 16 params, 12 MACs"),
        (ReturnsItTwice, "1 layer, 16 params, 12 MACs"),
        (ReturnsItsInput, "1 layer, 16 params, 12 MACs"),
        (HasNoParameters, "2 layers, 0 params, 0 MACs"),
        (HasMoreThanItUses, "9 layers, 33 params, 12 MACs"),  # 16 + 7 + 6 + 4
        (HasATensor, "3 layers, 16 params, 12 MACs"),
        (SharesModules, "7 layers, 36 params, 60 MACs"),  # 16 + 20; 12 + 3 · 16
        (OnlyRemembers, "1 layer, 16 params, 12 MACs"),
        (HasHooks, "3 layers, 16 params, 12 MACs"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_it_is_imported_and_proved(module: type[nn.Module], counts: str, capsys: pytest.CaptureFixture[str]) -> None:
    proof = proved(module(), x=(3,))
    assert said(proof) == []
    assert proof.summary == f"{counts}: {EQUAL}"
    assert capsys.readouterr().out == ""


class DecidesByValues(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x) if x.sum() > 0 else self.fc(-x)


class ReturnsNothing(Net):
    def forward(self, x: torch.Tensor) -> None:
        self.fc(x)


class ReturnsAConstant(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return torch.ones(2, 4)


class MakesALayer(Net):
    def forward(self, x: torch.Tensor) -> Any:
        self.made = nn.Linear(4, 4)
        return self.made(self.fc(x))


class IsScripted(Net):
    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.jit.script(nn.Linear(3, 4))

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x)


class Raises(Net):
    def forward(self, x: torch.Tensor) -> Any:
        raise KeyError("in the forward")


class Exits(Net):
    def forward(self, x: torch.Tensor) -> Any:
        sys.exit(3)


class TakesOneSample(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x).view(1, 4)


class LeavesTorch(Net):
    def forward(self, x: torch.Tensor) -> Any:
        return torch.from_numpy(self.fc(x).detach().numpy())


@pytest.mark.parametrize(
    "module, fact",
    [
        (DecidesByValues, "its forward depends on the values of its inputs"),
        (ReturnsNothing, "its forward returns no tensor that depends on an input"),
        (ReturnsAConstant, "its forward returns no tensor that depends on an input"),
        (MakesALayer, "its forward creates made.weight in each call"),
        (IsScripted, "fc is compiled by TorchScript, which torch.export does not trace"),
        (Raises, "its forward cannot be traced: KeyError: 'in the forward'"),
        (Exits, "its forward cannot be traced: SystemExit: 3"),
        (TakesOneSample, "its forward cannot be traced: RuntimeError: "),
        (LeavesTorch, "its forward cannot be traced: RuntimeError: "),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
def test_it_is_refused_in_words(module: type[nn.Module], fact: str) -> None:
    with pytest.raises((VerifyError, SpecError)) as caught:
        proved(module(), x=(3,))
    assert fact in str(caught.value)


class CountsItsCalls(Net):
    def forward(self, x: torch.Tensor) -> Any:
        self.calls += 1
        return self.fc(x) * self.calls


class KeepsATensor(Net):
    def forward(self, x: torch.Tensor) -> Any:
        y = self.fc(x)
        if self.last is not None:
            y = y + self.last
        self.last = y.detach()
        return y


class GrowsItsScale(Net):
    def forward(self, x: torch.Tensor) -> Any:
        self.scale = self.scale * 1.5
        return self.fc(x) * self.scale


class MeetsChance(Net):
    draws = iter([0.9, 0.9, 0.1, 0.1])

    def forward(self, x: torch.Tensor) -> Any:
        random.random()
        return self.fc(x) if next(self.draws, 0.1) > 0.5 else torch.relu(self.fc(x))


@pytest.mark.parametrize(
    "module, why",
    [
        (CountsItsCalls, "keeps a state that changes the next call"),
        (GrowsItsScale, "keeps a state that changes the next call"),
        (MeetsChance, "draws random numbers"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_changes_from_call_to_call_is_no_network(module: type[nn.Module], why: str) -> None:
    with pytest.raises(VerifyError) as caught:
        traced(loaded(module(), x=(3,)))
    assert caught.value.fact == f"test:net: its forward {why}, so it is another network when it runs again"


class DrawsInVain(Net):
    def forward(self, x: torch.Tensor) -> Any:
        drop = random.random() < 0.5
        return self.fc(x) * 2 if drop and self.training else self.fc(x)


def test_numbers_that_are_drawn_and_not_gone_by_are_let_be() -> None:
    assert said(proved(DrawsInVain(), x=(3,))) == []


class WritesIntoABuffer(Net):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("n", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> Any:
        self.n += 1
        return self.fc(x) * self.n


@pytest.mark.parametrize("module", [KeepsATensor, WritesIntoABuffer], ids=lambda each: each.__name__)
def test_tensors_that_are_kept_from_call_to_call_are_found_by_running(module: type[nn.Module]) -> None:
    fact = "the network itself: two runs on the same inputs give different outputs"
    assert said(proved(module(), x=(3,)))[0].startswith(fact)


class CountsInVain(WritesIntoABuffer):
    def forward(self, x: torch.Tensor) -> Any:
        self.n += 1
        return self.fc(x)


def test_a_buffer_that_is_written_into_and_not_gone_by_is_let_be() -> None:
    assert said(proved(CountsInVain(), x=(3,))) == []


class TakesSeveral(Net):
    def __init__(self) -> None:
        super().__init__()
        self.other = nn.Linear(5, 4)

    def forward(self, x: torch.Tensor, y: torch.Tensor, flag: bool = True) -> Any:
        return self.fc(x) * self.other(y) if flag else x


class IgnoresOne(Net):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
        return self.fc(x)


class HasOtherNames(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.m = nn.ModuleDict({"my layer": nn.Linear(4, 4), "größe": nn.Linear(4, 4), "yes": nn.Linear(4, 4)})

    def forward(self, x: torch.Tensor) -> Any:
        for each in self.m.values():
            x = each(x)
        return x


def test_names_that_no_layer_can_have_are_told_in_one_line() -> None:
    fact = "a layer cannot have such a name: name modules with letters, digits, _ and -"
    assert said(proved(HasOtherNames(), x=(4,))) == [f"the network itself: it has 'm.größe', 'm.my layer', and {fact}"]


def test_several_inputs_arrive_by_name() -> None:
    proof = proved(TakesSeveral(), x=(3,), y=(5,))
    assert proof.summary == f"3 layers, 40 params, 32 MACs: {EQUAL}"  # 16 + 24; 3 · 4 + 5 · 4


def test_an_input_that_nothing_reads_is_named() -> None:
    assert any("nothing reads the input y" in line for line in said(proved(IgnoresOne(), x=(3,), y=(2,))))


def test_a_proof_holds_what_it_was_made_of() -> None:
    proof = proved(Sleeps(), x=(3,))
    assert proof == Proof(1, 16, 12, "outputs at batch 2 equal")


class KeepsAList(Net):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def forward(self, x: torch.Tensor) -> Any:
        self.seen.append(1)
        y = self.fc(x)
        return self.fc(y[..., :3]) if len(self.seen) % 2 == 0 else y


def test_a_forward_that_goes_by_a_list_that_it_appends_to_is_found_by_the_proof() -> None:
    said_of_it = "the network itself: two runs on the same inputs give different outputs"
    assert [fact[: len(said_of_it)] for fact in said(proved(KeepsAList(), x=(3,)))] == [said_of_it]


class TakesDict(Net):
    def forward(self, x: Any) -> Any:
        return self.fc(x["image"])


class TakesList(Net):
    def forward(self, x: Any) -> Any:
        return self.fc(x[0]) + self.fc(x[1])


@pytest.mark.parametrize("module", [TakesDict, TakesList])
def test_what_is_no_tensor_needs_a_module_around_it(module: type[nn.Module]) -> None:
    with pytest.raises(SpecError, match="an argument that is a dict or a list needs the sizes of each of its tensors"):
        lowered(traced(loaded(module(), x=(3,))))
