"""Seeded weights keep a tensor with several names as one tensor."""

import torch
from torch import nn

from verify.lively import lively


def test_a_tensor_with_several_keys_is_filled_once() -> None:
    twin = nn.Linear(3, 3)
    filled = lively(nn.ModuleDict({"first": twin, "other": nn.Linear(3, 3), "second": twin}).state_dict())
    assert filled["first.weight"] is filled["second.weight"]
    assert not torch.equal(filled["first.weight"], filled["other.weight"])
