"""Tests of inputs that are boolean masks, found by name, by annotation, or because nothing else runs."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from calc.errors import SpecError
from calc.spec import expand, loads
from calc.spec.write import spec_text
from tests.verify.importers.modules import loaded, lowered_of
from tests.verify.importers.proving import held_against, said
from verify.build import Network
from verify.importers import Lowered, lowered, traced
from verify.masks import drawn_mask, masks_of

TOKENS, WIDTH = 5, 8


class Net(nn.Module):
    """A layer of WIDTH · 4 MACs for each token, after code of each test that uses the mask."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, 4)
        self.token = nn.Parameter(torch.ones(WIDTH))

    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        raise NotImplementedError

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        return self.fc(self.masked(x, mask) + self.token)


class Fills(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        return x.masked_fill(~mask.unsqueeze(-1), 0.5)


class Chooses(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        return torch.where(mask[..., None], x, 0)


class WritesANumber(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        x = x.clone()
        x[mask] = 2.0
        return x


class WritesATensor(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        x = x.clone()
        x[~mask] = self.token
        return x


class Averages(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        kept = ~mask
        return x + ((x * kept[..., None]).sum(1) / kept.sum(1, keepdim=True))[:, None]


class Attends(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        causal = torch.ones(TOKENS, TOKENS, dtype=torch.bool).tril()
        return scaled_dot_product_attention(x, x, x, attn_mask=mask[:, None, :] & causal)


OWN = TOKENS * WIDTH * 4
ATTENTION = 2 * TOKENS * TOKENS * WIDTH


@pytest.mark.parametrize(
    "module, words, macs",
    [
        (Fills, "unsqueeze where", 0),
        (Chooses, "unsqueeze where", 0),
        (WritesANumber, "unsqueeze compare where", 0),
        (WritesATensor, "compare unsqueeze where", 0),
        (Averages, "compare unsqueeze multiply reduce reduce divide unsqueeze add", 0),
        (Attends, "compare unsqueeze multiply subtract multiply scaled_dot_product_attention", ATTENTION),
    ],
)
def test_a_mask_is_an_input_of_1_and_0(module: type[Net], words: str, macs: int) -> None:
    sizes = {"x": (TOKENS, WIDTH), "mask": (TOKENS,)}
    found = lowered_of(module(), **sizes)
    proof = held_against(found)
    assert said(proof) == []
    assert proof.outputs == "outputs at batch 2 equal"
    assert (proof.params, proof.macs) == (WIDTH * 4 + 4 + WIDTH, OWN + macs)
    graph = found.imported.graph
    assert graph.input_sizes == sizes
    before = [node.op.word for node in graph.layers if node.op.word != "tensor"]
    assert " ".join(before).startswith(words)
    assert found.imported.remarks == ("mask: booleans in the source; here true is 1 and false is 0.",)


class Encodes(nn.Module):
    """A layer of attention over ids, of which some are padding."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, ids: torch.Tensor, key_padding_mask: torch.Tensor) -> torch.Tensor:
        x = self.embed(ids)
        return self.attention(x, x, x, key_padding_mask=key_padding_mask, need_weights=False)[0]


def test_a_mask_of_padding_stands_beside_ids() -> None:
    graph = _proved(lowered_of(Encodes(), ids=(TOKENS,), key_padding_mask=(TOKENS,)))
    assert [graph.nodes[index].output.dtype for index in graph.inputs.values()] == ["int64", "float32"]
    assert masks_of(graph) == {1}


class DecodesWithAMask(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(WIDTH, 2, WIDTH, batch_first=True)

    def forward(self, x: torch.Tensor, memory: torch.Tensor, x_padding_mask: torch.Tensor) -> torch.Tensor:
        causal = nn.Transformer.generate_square_subsequent_mask(TOKENS).isinf()
        return self.layer(x, memory, tgt_mask=causal, tgt_key_padding_mask=x_padding_mask)


def test_a_mask_of_padding_meets_one_of_the_future() -> None:
    _proved(lowered_of(DecodesWithAMask(), x=(TOKENS, WIDTH), memory=(3, WIDTH), x_padding_mask=(TOKENS,)))


class Takes(nn.Module):
    """Attention with a mask of booleans or of numbers to add."""

    def attended(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return scaled_dot_product_attention(x, x, x, attn_mask=mask)


class TakesNumbers(Takes):
    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.attended(x, mask)


class TakesBooleans(Takes):
    def forward(self, x: torch.Tensor, mask: torch.BoolTensor | None = None) -> torch.Tensor:
        return self.attended(x, mask)


class TakesBooleansInText(Takes):
    def forward(self, x: torch.Tensor, mask: "torch.BoolTensor") -> torch.Tensor:
        return self.attended(x, mask)


@pytest.mark.parametrize(
    "module, words",
    [
        (TakesNumbers, []),
        (TakesBooleans, ["compare", "subtract", "multiply"]),
        (TakesBooleansInText, ["compare", "subtract", "multiply"]),
    ],
)
def test_an_annotation_says_that_a_mask_is_booleans(module: type[nn.Module], words: list[str]) -> None:
    graph = _proved(lowered_of(module(), x=(TOKENS, WIDTH), mask=(TOKENS, TOKENS)))
    assert [node.op.word for node in graph.layers] == [*words, "scaled_dot_product_attention"]


class Looks(nn.Module):
    """Reads ids from an input whose name does not show it, and numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, WIDTH)

    def forward(self, x: torch.Tensor, words: torch.Tensor, is_new: torch.Tensor) -> torch.Tensor:
        return torch.where(is_new[..., None], self.embed(words), x)


def test_what_the_names_do_not_say_is_tried() -> None:
    graph = _proved(lowered_of(Looks(), x=(TOKENS, WIDTH), words=(TOKENS,), is_new=(TOKENS,)))
    assert [graph.nodes[index].output.dtype for index in graph.inputs.values()] == ["float32", "int64", "float32"]


class TakesAPart(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, 4)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.fc(x[mask])


def test_a_part_of_another_size_in_each_sample_is_refused() -> None:
    with pytest.raises(
        SpecError, match="gives a number of elements that depends on the values of its inputs"
    ) as caught:
        lowered(traced(loaded(TakesAPart(), x=(TOKENS, WIDTH), mask=(TOKENS,))))
    (problem,) = caught.value.problems
    assert problem.hint == "keep all positions: torch.where(mask, x, 0), or x[mask] = 0"


class MasksTheFuture(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.attention(x, x, x, attn_mask=mask, need_weights=False)[0]


def test_a_mask_without_a_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="the first axis of every input is the batch: a mask that is the same for all"):
        lowered_of(MasksTheFuture(), x=(TOKENS, WIDTH), mask=(TOKENS, TOKENS))


class WritesOneAfterAnother(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        x = x.clone()
        x[mask] = self.token.expand(3, WIDTH)
        return x


class WritesRows(Net):
    def masked(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        x = x.clone()
        x[:, torch.tensor([1, 3])] = 0.0
        return x.masked_fill(mask[..., None], 0.0)


def test_other_writes_are_refused() -> None:
    with pytest.raises(SpecError, match="writes to positions that are not given by one mask"):
        lowered_of(WritesRows(), x=(TOKENS, WIDTH), mask=(TOKENS,))
    with pytest.raises(SpecError, match="writes a tensor of 2 axes to positions of 1"):
        lowered_of(WritesOneAfterAnother(), x=(TOKENS, WIDTH), mask=(TOKENS,))


def test_a_mask_has_both_in_each_row() -> None:
    generator = torch.Generator().manual_seed(0)
    for begins in (False, True):
        mask = drawn_mask((2, 3, 4), generator, begins=begins)
        assert mask[..., 0].unique().tolist() == [begins]
        assert mask[..., -1].unique().tolist() == [not begins]
    assert drawn_mask((2, 1), generator, begins=True).tolist() == [[1.0], [1.0]]


def test_numbers_that_are_only_compared_with_0_are_masks() -> None:
    text = """
input: {x: [4], kept: [4], gate: [4]}
layers:
  wide: {reshape: [2, 2], from: kept}
  where: {where: 0.0, from: [wide, wide]}
  flat: {reshape: [4]}
  chosen: {where: 1.0, from: [gate, x]}
  sum: {add: , from: [flat, chosen]}
"""
    graph = expand(loads(f"name: Chooses{text}", "chooses.yaml"))
    assert masks_of(graph) == {2}  # kept is passed on as well
    assert set(Network.sample(graph, 3)[2].unique().tolist()) == {0.0, 1.0}


def _proved(found: Lowered) -> Any:
    proof = held_against(found, text=spec_text(found.imported.graph))
    assert said(proof) == []
    assert "equal" in proof.outputs
    return found.imported.graph
