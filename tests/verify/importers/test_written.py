"""The specs of imports are short, and have the same counts as specs with one line for each layer."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.sources.written import imported_text
from calc.spec import load, loads

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
