from dataclasses import dataclass

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from tests.verify.importers.modules import graph_of, layers, loaded, lowered_of
from verify.errors import VerifyError
from verify.importers import traced


class Inner(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.what == "branches" and x.sum() > 0:
            return x
        if self.what == "raises":
            raise RuntimeError("no such size\nat all")
        if self.what == "changes":
            self.kept = x + 1
        if self.what == "exits":
            raise SystemExit(2)
        if self.what == "sizes":
            return self.fc(x[x > 0])
        return self.fc(x)


class Outer(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        self.blocks = nn.Sequential(nn.Identity(), Inner(what))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(x)


@pytest.mark.parametrize(
    "what, fact",
    [
        ("branches", "its forward depends on the values of its inputs"),
        ("raises", "its forward cannot be traced: RuntimeError: no such size"),
        ("exits", "its forward cannot be traced: SystemExit: 2"),
    ],
)
def test_why_a_forward_cannot_be_traced_is_said_with_the_module(what: str, fact: str) -> None:
    module = Outer(what)
    with pytest.raises(SpecError) as caught:
        traced(loaded(module, x=(4,)))
    (problem,) = caught.value.problems
    assert (problem.layer, problem.op) == ("blocks.1", "Inner")
    assert problem.fact.startswith(fact)
    assert not module.blocks[1]._forward_hooks
    assert "forward" not in vars(module)


def test_a_number_of_values_that_fit_is_refused() -> None:
    with pytest.raises((VerifyError, SpecError)):
        lowered_of(Outer("sizes"), x=(4,))


def test_a_forward_that_keeps_what_it_saw_is_traced() -> None:
    module = Outer("changes")
    assert layers(lowered_of(module, x=(4,)).imported.graph)[-1] == ("blocks.1.fc", "linear")


class Embeds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 4)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        return self.table(text)


def test_an_input_that_an_embedding_reads_is_token_ids() -> None:
    program = traced(loaded(Embeds(), text=(7,))).program
    (text,) = [node for node in program.graph.nodes if node.name == "text"]
    assert text.meta["val"].dtype == torch.int64


@dataclass
class Result:
    scores: torch.Tensor
    parts: list[torch.Tensor]
    count: int = 3


class Returns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> Result:
        x = self.fc(x)
        return Result(self.head(x), [x, None])


def test_outputs_in_containers_are_outputs() -> None:
    graph = lowered_of(Returns(), x=(4,)).imported.graph
    assert list(graph.outputs) == ["head", "fc"]


class WithoutAutocast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            x = self.fc(x)
        with torch.enable_grad():
            x = x * 2
        return self.head(x)


def test_parts_that_are_set_apart_are_layers_as_others() -> None:
    assert layers(graph_of(WithoutAutocast(), x=(4,))) == [
        ("fc", "linear"),
        ("multiply", "multiply"),
        ("head", "linear"),
    ]


class FixedBatch(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = [self.fc(x[i : i + 1]) for i in range(int(x.shape[0]))]
        return torch.cat(parts)


def test_a_network_that_goes_sample_by_sample_is_refused() -> None:
    with pytest.raises((VerifyError, SpecError)):
        lowered_of(FixedBatch(), x=(4,))


def test_a_network_in_half_precision_is_traced() -> None:
    assert layers(lowered_of(nn.Sequential(nn.Linear(4, 2)).half(), input=(4,)).imported.graph) == [("0", "linear")]
