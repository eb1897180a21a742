"""The specs of imports are short, and have the same counts as specs with one line for each layer."""

from pathlib import Path

import pytest
import torch
from torch import nn

from calc.analysis import analyse
from calc.sources.written import imported_text
from calc.spec import load, loads
from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, said

ROLLED_UP = {
    "torchvision/mobilenet_v2": (["Conv2dNormActivation", "InvertedResidual"], ""),
    "timm/regnety_002": (["ConvNormAct", "SEModule", "Bottleneck", "RegStage"], ""),
    "timm/test_vit": (["Block"], "# holds at 3x160x160 only: "),
}
"""The blocks of each, and how its second line begins."""


@pytest.mark.oracles("timm", "torchvision")
@pytest.mark.parametrize("source", ROLLED_UP)
def test_an_import_is_rolled_up_and_counts_as_it_does_flat(source: str) -> None:
    from verify.importers import imported

    found = imported(source)
    text, (blocks, note) = imported_text(found), ROLLED_UP[source]
    rolled, flat = loads(text), loads(imported_text(found, flat=True))
    assert list(rolled.blocks) == blocks
    assert text.splitlines()[1].startswith(note or "name: ")
    assert analyse(rolled).to_dicts() == analyse(flat).to_dicts()
    assert analyse(rolled, bits="8").to_dicts() == analyse(flat, bits="8").to_dicts()
    if source == "torchvision/mobilenet_v2":
        by_hand = Path(load("mobilenetv2").file).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 2 * len(by_hand.splitlines())


class Masked(nn.Module):
    """Causal attention whose mask is a buffer for more tokens than arrive, so that nothing reads all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("mask", torch.ones(1, 9, 9).tril())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.fc(x)
        hidden = self.mask[:, : x.shape[1], : x.shape[1]] == 0
        return x + (y @ y.transpose(1, 2)).masked_fill(hidden, float("-inf")).softmax(-1) @ y


def test_blocks_with_a_buffer_that_nothing_reads_are_one_block() -> None:
    found = lowered_of(nn.Sequential(*[Masked() for _ in range(3)]), input=(5, 4))
    text = imported_text(found.imported)
    assert "Masked: , repeat: 3" in text
    assert said(held_against(found, text=text)) == []
