"""Tests of the check that one sample goes through the network that several go through."""

import pytest
import torch
from torch import nn

from tests.verify.importers.modules import lowered_of
from verify.errors import VerifyError
from verify.importers.single_sample import require_same_for_one_sample


class GoesByTheBatch(nn.Module):
    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.fc(x)
        return self.fc(x) if x.shape[0] > self.most else x


def test_another_network_for_one_sample_is_refused_with_both_numbers() -> None:
    found = lowered_of(GoesByTheBatch(1), x=(4,))
    said = (
        "fc: its network for one sample differs from that for several: "
        "16 MACs run in it for 1 samples .*, but the spec has 32"
    )
    with pytest.raises(VerifyError, match=said):
        require_same_for_one_sample(found)


@pytest.mark.parametrize("most", [0, 2])
def test_what_is_the_same_for_one_and_two_samples_is_left_to_the_proof(most: int) -> None:
    require_same_for_one_sample(lowered_of(GoesByTheBatch(most), x=(4,)))
