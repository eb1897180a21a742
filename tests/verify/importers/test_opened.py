"""Tests of programs that were exported for a fixed batch size: each is opened, or refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.export import export

from calc.spec.write import first_difference, spec_text
from verify.errors import VerifyError
from verify.importers import Lowered
from verify.importers.load import load_source
from verify.importers.lowering import lowered
from verify.importers.opened import with_open_batch
from verify.importers.proof import prove
from verify.importers.trace import traced

_BATCHES = (1, 3)


def imported(net: nn.Module, batch: int, sizes: tuple[int, ...], folder: Path, *, fixed: bool = True) -> Lowered:
    file = folder / "net.pt2"
    shapes = None if fixed else ({0: torch.export.Dim.AUTO},)
    program = export(net.eval(), (torch.zeros(batch, *sizes),), dynamic_shapes=shapes, strict=False)
    torch.export.save(program, file)
    return lowered(traced(load_source(str(file), {})))


class Convolutions(nn.Sequential):
    """No size in its code: it runs with every batch as it is."""

    sizes = (3, 9, 7)

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))


class Viewed(nn.Module):
    """The batch is the first size of a reshape, and one that ``-1`` stands for."""

    sizes = (4, 6)

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(24, 8), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.other(self.one(x.view(x.shape[0], -1)).view(-1, 2, 4))


class Transformer(nn.Module):
    """A class token that is expanded, and attention whose samples are on axis 1, where heads are folded into them."""

    sizes = (4, 6, 10)

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(4, 8, 2, 2)
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), patches], 1).transpose(0, 1)
        return self.attention(tokens, tokens, tokens, need_weights=False)[0].transpose(0, 1)[:, 0]


class Windows(nn.Module):
    """Attention in windows, which are folded into the samples and unfolded again."""

    sizes = (4, 6, 8)

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        samples, height, width, channels = x.shape
        x = x.view(samples, height // 2, 2, width // 2, 2, channels).permute(0, 1, 3, 2, 4, 5)
        x = x.reshape(-1, 4, channels)
        q, k, v = self.qkv(x).reshape(x.shape[0], 4, 3, 2, 4).permute(2, 0, 3, 1, 4)
        x = (q @ k.transpose(-2, -1)).softmax(-1) @ v
        x = x.transpose(1, 2).reshape(samples, height // 2, width // 2, 2, 2, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(samples, height, width, channels)


class Repeated(nn.Module):
    """A learnt table that is repeated for the samples, and read beside them."""

    sizes = (5, 4)

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(1, 5, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.places.repeat(x.shape[0], 1, 1)], 2)


class Frozen(nn.Module):
    """Its reshape is in a part without gradients, which torch.export saves as a graph of its own."""

    sizes = (6,)

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            features = self.first(x).view(x.shape[0], 2, 2).flatten(1)
        found: torch.Tensor = self.second(features)
        return found


class Recurrent(nn.Module):
    """Layers that begin with zeros, and with a learnt state, for each sample."""

    sizes = (5, 4)

    def __init__(self) -> None:
        super().__init__()
        self.zeros = nn.LSTM(4, 3, 2, batch_first=True)
        self.learnt = nn.GRU(3, 3)
        self.state = nn.Parameter(torch.zeros(1, 1, 3))
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.zeros(x)[0].transpose(0, 1)
        features = self.learnt(features, self.state.expand(-1, x.shape[0], -1))[0]
        found: torch.Tensor = self.cell(features[-1], x.new_zeros(x.shape[0], 4))
        return found


@pytest.mark.parametrize("batch", _BATCHES)
@pytest.mark.parametrize("made", [Convolutions, Viewed, Transformer, Windows, Repeated, Frozen, Recurrent])
def test_a_program_of_a_fixed_batch_is_the_network_it_was_exported_from(made: Any, batch: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = made()
    for each in net.parameters():
        nn.init.normal_(each)
    found = imported(net, batch, made.sizes, tmp_path)
    wanted = imported(net, 2, made.sizes, tmp_path, fixed=False)
    assert first_difference(wanted.imported.graph, found.imported.graph) == ""
    proof = prove(found, spec_text(found.imported.graph))
    assert proof.problems == ()
    assert proof.outputs.startswith("outputs at batch 2 equal")
    remark = f"It was exported for a batch of {batch}, and gives the same outputs in larger batches."
    assert found.imported.remarks == (remark,)


def test_a_program_with_an_open_batch_stays_as_it_is() -> None:
    batch = {0: torch.export.Dim("batch")}
    program = export(Viewed().eval(), (torch.zeros(2, 4, 6),), dynamic_shapes=(batch,))
    assert with_open_batch("net.pt2", program).program is program


class Squeezed(nn.Module):
    """It removes every axis of size 1, which is the batch if that is 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.squeeze()


class Mixed(nn.Module):
    """Its samples depend on one another."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - x.mean(0, keepdim=True)


class Indexed(nn.Module):
    """It reads its samples by numbers, which are those of this batch."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x[torch.arange(x.shape[0])]


class WithoutNumbers(nn.Module):
    """It gives NaN."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (x - x).log() * 0


class Huge(nn.Module):
    """It makes a tensor of 4 bytes times 10^14."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.shape[0], 4, 1).expand(-1, 4, 25 * 10**12).contiguous()


class Stated(nn.Module):
    """Its states are parts of a tensor for the samples of this batch. PyTorch does not check how many an LSTM has."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states = torch.zeros(2, 1, x.shape[0], 3)
        found: torch.Tensor = self.layer(x.transpose(0, 1), (states[0], states[1]))[0]
        return found


class Two(nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


@pytest.mark.parametrize(
    ("net", "shapes", "fact"),
    [
        (Squeezed(), [(1, 4)], "with inputs of 1×4, and gives other outputs with another batch size"),
        (Mixed(), [(2, 4)], "with inputs of 2×4, and gives other outputs with another batch size"),
        (Indexed(), [(3, 4)], "with inputs of 3×4, and does not run with another batch size"),
        (Stated(), [(1, 5, 4)], "with inputs of 1×5×4, and does not run with another batch size"),
        (WithoutNumbers(), [(2, 4)], "with inputs of 2×4, and gives outputs that are not numbers for random inputs"),
        (Huge(), [(1, 4)], "and has tensors of 400,000,000,000,000 bytes, which are too large to run it"),
        (Two(), [(2, 4), (1, 4)], "of 2×4 and 1×4, which do not all have the same number of samples on axis 0"),
    ],
)
def test_a_program_that_another_batch_makes_another_network_is_refused(
    net: nn.Module, shapes: list[tuple[int, ...]], fact: str
) -> None:
    program = export(net.eval(), tuple([torch.zeros(shape) for shape in shapes]), strict=False)
    with pytest.raises(VerifyError) as raised:
        with_open_batch("net.pt2", program)
    assert raised.value.fact.startswith("net.pt2 was exported for a fixed batch size, ")
    assert fact in raised.value.fact
    assert "two samples or more" in raised.value.hint


def test_inputs_in_a_mapping_and_token_ids_are_opened() -> None:
    class Looked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(7, 4)

        def forward(self, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            ids = given["ids"]
            return {"sums": self.table(ids.view(-1)).view(*ids.shape, 4).sum(1) + given["image"]}

    given = {"image": torch.zeros(1, 4), "ids": torch.zeros(1, 3, dtype=torch.int64)}
    program = with_open_batch("net.pt2", export(Looked().eval(), (given,), strict=False)).program
    ids = torch.arange(6).view(2, 3)
    (found,) = program.module()({"image": torch.ones(2, 4), "ids": ids}).values()
    weight = program.state_dict["table.weight"]
    assert torch.allclose(found, weight[ids].sum(1) + 1)


def test_a_mask_that_hides_some_of_each_row_is_opened() -> None:
    class Masked(nn.Module):
        def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return x.masked_fill(mask, float("-inf")).softmax(-1)

    given = (torch.zeros(8, 2), torch.zeros(8, 2, dtype=torch.bool))
    assert with_open_batch("net.pt2", export(Masked(), given, strict=False)).remarks != ()


@pytest.mark.parametrize(
    ("given", "fact"), [((torch.tensor(1.0),), "has an input without axes"), ((), "has no input that is a tensor")]
)
def test_a_program_without_an_axis_for_samples_is_refused(given: tuple[torch.Tensor, ...], fact: str) -> None:
    class Summed(nn.Module):
        def forward(self, *given: torch.Tensor) -> torch.Tensor:
            return torch.ones(2) + sum(given)

    with pytest.raises(VerifyError) as raised:
        with_open_batch("net.pt2", export(Summed(), given, strict=False))
    assert raised.value.fact == f"net.pt2 {fact}"


@pytest.mark.parametrize("shapes", [None, ({0: torch.export.Dim.AUTO}, None, None)])
def test_a_program_keeps_the_arguments_that_are_no_tensors(shapes: Any, tmp_path: Path) -> None:
    class Scaled(nn.Module):
        def forward(self, x: torch.Tensor, mask: torch.Tensor | None, scale: int) -> torch.Tensor:
            assert mask is None
            return x.view(x.shape[0], 2, 3).flatten(1) * scale

    file = tmp_path / "net.pt2"
    torch.export.save(export(Scaled(), (torch.zeros(2, 6), None, 3), dynamic_shapes=shapes, strict=False), file)
    found = lowered(traced(load_source(str(file), {})))
    proof = prove(found, spec_text(found.imported.graph))
    assert (proof.problems, proof.outputs) == ((), "outputs at batch 2 equal")
