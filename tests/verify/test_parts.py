"""Parts of fused ops with widths of their own are quantised, and their widths are measured in a run."""

import pytest

from calc.analysis import analyse
from calc.spec import loads
from verify.verification import verify

pytestmark = pytest.mark.torch


def test_each_part_needs_the_bits_that_it_has() -> None:
    text = "name: x\ninput: {shape: [5, 6], channels: last}\n"
    text += "layers: [{lstm: {hidden_size: 4}, bits: {weight_ih: 8, weight_hh: 4}}]"
    found = verify(analyse(loads(text), bits="spec"))
    assert [str(mismatch) for mismatch in found.mismatches] == []
    assert sorted(found.bitops["0"].bits) == [4, 8]
